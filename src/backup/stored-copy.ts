import type { Trial } from '../database/trials.js';

/** How the bytes of a stored copy were made smaller. */
export const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** Where the file of a backup lies that the server keeps itself, and what lies there. */
export interface StoredCopy {
  /** Name of the destination. */
  destination: string;
  /** Name of the file in it. */
  file: string;
  /** Of what lies there: compressed and sealed. */
  bytes: number;
  /** Of what lies there, lower-case hexadecimal. The run's own `sha256` is that of the backup inside. */
  sha256: string;
  compression: Compression;
  /** Only who holds one of the private keys can read it; the server does not. */
  sealed: boolean;
  /** When retention removed it, Unix milliseconds; null while it lies there. */
  removedMs: number | null;
}

/** A check of a proof that a stored copy passed. */
export interface PassedCheck {
  check: string;
  /** What there was to see, for people. */
  saw: string;
}

/**
 * What came of reading a stored copy back. `content`: it was opened, checked as before a restore, made a database and
 * asked. `bytes`: only that it is byte for byte what was written, because it is sealed and the server cannot open it.
 */
export interface Proof {
  outcome: 'proven' | 'failed';
  reach: 'content' | 'bytes';
  /** When, Unix milliseconds. */
  endedMs: number;
  milliseconds: number;
  /** The check that it failed; null when it passed all. */
  failed: string | null;
  /** Public text of what is wrong with it; null when nothing is. */
  error: string | null;
  /** In the order in which it passed them. */
  checks: PassedCheck[];
  /** What the databases in it were asked, as the API would ask them. */
  queries: Trial[];
  /** Of the server that tried it. */
  serverVersion: string;
}
