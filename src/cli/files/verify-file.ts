import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AllOfflineChecks } from '../../backup/verify/offline-checks.js';
import type { VerifyReport } from '../../backup/verify/verify-report.js';
import { verifyStream } from '../../backup/verify/verify-stream.js';
import { freeBytes } from '../../database/disk-space.js';
import { EXIT, Failure, fileTrouble } from '../failure.js';

const CHUNK_BYTES = 1024 * 1024;

/**
 * Checks a file of this machine as a restore would, without changing a byte or a time stamp of it: it is only ever read,
 * and the checks work on a copy in the folder for temporary files, which is gone afterwards.
 * @throws Failure when the file cannot be read, or a copy of it does not fit.
 */
export async function verifyFile(path: string, checks: AllOfflineChecks): Promise<VerifyReport> {
  await requireFile(path);
  const folder = await mkdtemp(join(tmpdir(), 'flowg-verify-')).catch((error: unknown) => {
    throw fileTrouble(tmpdir(), error);
  });
  try {
    const input = createReadStream(path, { highWaterMark: CHUNK_BYTES });
    const makeRoom = (bytes: number) => requireRoom(folder, bytes);
    return await verifyStream(input, { folder, permit: () => undefined, makeRoom }, checks);
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (isSystemError(error)) throw fileTrouble(path, error);
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function requireFile(path: string): Promise<void> {
  const stats = await stat(path).catch((error: unknown) => {
    throw fileTrouble(path, error);
  });
  if (!stats.isFile()) throw new Failure(EXIT.local, `${path}: this is not a file`);
}

async function requireRoom(folder: string, bytes: number): Promise<void> {
  const free = await freeBytes(folder);
  if (free >= bytes) return;
  throw new Failure(
    EXIT.local,
    `${tmpdir()} has room for ${free} bytes, the check needs a copy of ${bytes}: set TMPDIR to a folder with more`,
  );
}

function isSystemError(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException | null)?.syscall === 'string';
}
