import type { Readable } from 'node:stream';
import type { Compression } from '../stored-copy.js';

/** Of one backup. */
export const MOST_RECIPIENTS = 20;

/** What is done to a backup on its way to a destination. */
export interface Packing {
  compression: Compression;
  /** Public keys (`age1…`) of those who can open it; empty: it is not sealed. */
  recipients: readonly string[];
}

/** A backup on its way. */
export interface Packed {
  /** What goes to the destination. Fails with the error of the content, if that fails. */
  stream: Readable;
  /** To be put behind the name of the file: `.gz`, `.gz.age`, or nothing. */
  suffix: string;
  /** Of what has passed, once the stream has ended. */
  result(): { bytes: number; sha256: string };
  /**
   * Opens what was packed here, also when it is sealed: the server is one more recipient with a key that exists in memory
   * only, for as long as this object does.
   */
  unpack(stored: Readable): Readable;
}
