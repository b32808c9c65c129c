import { DestinationError } from './destination.js';

/** What goes wrong with every kind of destination, in the same words. */

export function stalled(destination: string, idleSeconds: number): DestinationError {
  return new DestinationError(
    'stalled',
    `nothing moved between the server and the destination "${destination}" for ${idleSeconds} seconds: see whether ` +
      'it can be reached, and try again',
    true,
  );
}

export function noSuchFile(destination: string, file: string): DestinationError {
  return new DestinationError(
    'missing',
    `there is no file ${file} in the destination "${destination}"`,
    false,
  );
}

export function full(destination: string, cause?: unknown): DestinationError {
  return new DestinationError(
    'full',
    `the destination "${destination}" is full: free some space there, or keep fewer backups`,
    false,
    { cause },
  );
}

/** @param done as "sent" or "kept". */
export function incomplete(
  destination: string,
  done: string,
  bytes: number,
  expected: number,
): DestinationError {
  return new DestinationError(
    'unreachable',
    `the destination "${destination}" ${done} ${bytes} of ${expected} bytes of a file: try again`,
    true,
  );
}
