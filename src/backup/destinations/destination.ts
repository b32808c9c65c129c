import type { Readable } from 'node:stream';

/** A file that lies in a destination. */
export interface StoredFile {
  name: string;
  bytes: number;
  /** When it was put there, Unix milliseconds, by the clock of the destination. */
  modifiedMs: number;
}

/**
 * A place for backups outside the databases. Names of files are of `[A-Za-z0-9._-]`, at most 200 characters, and do not
 * begin with a point. All methods throw `DestinationError`, whose message is public: it tells the operator what to do, and has
 * no secret in it. A method whose signal is aborted rejects soon, and leaves nothing behind.
 */
export interface Destination {
  readonly name: string;
  readonly kind: 'folder' | 's3';

  /**
   * Puts a file there. Under its name there is all of it or nothing, whatever goes wrong; it is durable when this resolves.
   * A file of that name is replaced.
   * @param content is destroyed when it fails; when `content` fails its error is thrown as it is.
   */
  write(name: string, content: Readable, signal: AbortSignal): Promise<void>;

  /** The bytes of a file. A stream that fails, or ends early, fails with a `DestinationError`. */
  read(name: string, signal: AbortSignal): Promise<Readable>;

  /** All files whose names begin with `prefix`; files that are being written are none. Any order. */
  list(prefix: string, signal: AbortSignal): Promise<StoredFile[]>;

  /** Removes a file; one that is not there is no error. */
  remove(name: string, signal: AbortSignal): Promise<void>;

  /**
   * Removes what writers that died have left of files which never got their names. Where the server may not see such
   * leavings, there are none.
   * @param prefix that the names of those files begin with.
   * @param isMeant of which of them; nobody may be writing one that is.
   * @returns their names; one for each leaving.
   */
  removeUnfinished(
    prefix: string,
    isMeant: (name: string) => boolean,
    signal: AbortSignal,
  ): Promise<string[]>;

  /** Writes, reads, lists and removes a small file: is the destination ready? */
  check(signal: AbortSignal): Promise<void>;
}

/**
 * `missing`: there is no such file. `denied`: wrong keys, no rights, read-only. `full`: no room. `unreachable`: no answer,
 * or none that makes sense; what is worth a second attempt says `retriable`.
 */
export type DestinationFault = 'missing' | 'denied' | 'full' | 'unreachable' | 'stalled' | 'misconfigured';

export class DestinationError extends Error {
  constructor(
    readonly fault: DestinationFault,
    message: string,
    /** Whether the same attempt may well succeed a little later. */
    readonly retriable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
