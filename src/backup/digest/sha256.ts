import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { HashThread } from './hash-thread.js';

/** A SHA-256 in the making. Whoever began one ends it, with `digest` or `giveUp`. */
export interface Sha256 {
  /** Resolves when more may come. The bytes are the caller's again by then. */
  update(chunk: Buffer): Promise<void> | void;
  /** Lower-case hexadecimal. Once. */
  digest(): Promise<string> | string;
  giveUp(): Promise<void> | void;
}

/** To start a thread takes as long as to hash this. */
const WORTH_A_THREAD_BYTES = 32 * 1024 * 1024;

let threads = 0;

/**
 * Hashes beside the event loop what is long: a download otherwise waits a millisecond for each mebibyte, and so does all
 * else that the server answers meanwhile.
 * @param bytes that will come.
 */
export function sha256For(bytes: number): Sha256 {
  if (bytes < WORTH_A_THREAD_BYTES || threads >= availableParallelism()) return inline();
  threads++;
  return new HashThread(() => threads--);
}

function inline(): Sha256 {
  const hash = createHash('sha256');
  return {
    update: (chunk) => void hash.update(chunk),
    digest: () => hash.digest('hex'),
    giveUp: () => undefined,
  };
}
