import { statfs } from 'node:fs/promises';
import { Problem } from '../problems.js';

/** System codes that mean the same to a user: what is being written does not fit. */
const FULL_CODES = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'SQLITE_FULL']);

/** Bytes an unprivileged process may still write on the file system of `folder`. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** @throws Problem INSUFFICIENT_STORAGE unless `bytes` and the reserve fit. */
export async function requireSpace(folder: string, bytes: number, reserveBytes: number): Promise<void> {
  const free = await freeBytes(folder);
  if (free < bytes + reserveBytes) throw insufficientStorage(bytes, Math.max(0, free - reserveBytes));
}

export function insufficientStorage(neededBytes: number, availableBytes: number): Problem {
  return new Problem(
    'INSUFFICIENT_STORAGE',
    `the server's disk has no room for this: ${neededBytes} bytes are needed, ${availableBytes} are available; ` +
      `free some space and try again`,
  );
}

/** Turns "disk full" in any of its disguises into the problem a client may read; other errors stay as they are. */
export function asStorageProblem(error: unknown): unknown {
  if (error instanceof Problem || !isDiskFull(error)) return error;
  return new Problem(
    'INSUFFICIENT_STORAGE',
    "the server's disk is full; nothing was changed; free some space and try again",
    { cause: error },
  );
}

export function isDiskFull(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  const driverCode = (error as { driverError?: { code?: unknown } } | null)?.driverError?.code;
  return FULL_CODES.has(String(code)) || FULL_CODES.has(String(driverCode));
}
