import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { AllOfflineChecks } from '../../backup/verify/offline-checks.js';
import type { VerifyReport } from '../../backup/verify/verify-report.js';
import { Candidate } from '../../backup/verify/candidate.js';
import { verifyCandidate } from '../../backup/verify/verify-candidate.js';
import { inWorkshop } from '../../backup/verify/workshop.js';
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
  try {
    return await inWorkshop(tmpdir(), (folder) => {
      const makeRoom = (bytes: number) => requireRoom(folder, bytes);
      const candidate = new Candidate(checks, { folder, permit: () => undefined, makeRoom });
      const input = () => createReadStream(path, { highWaterMark: CHUNK_BYTES });
      return verifyCandidate(candidate, checks, () => candidate.receive(input()));
    });
  } catch (error) {
    throw isSystemError(error) ? troubleWith(path, error) : error;
  }
}

/** Of the file itself, or of the copy of it. */
function troubleWith(path: string, error: NodeJS.ErrnoException): Failure {
  const ofCopy = error.syscall === 'mkdtemp' || ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(error.code ?? '');
  if (!ofCopy) return fileTrouble(path, error);
  return new Failure(
    EXIT.local,
    `${tmpdir()} takes no copy of ${path} for the check (${error.code}): set TMPDIR to another folder`,
  );
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

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return typeof (error as NodeJS.ErrnoException | null)?.syscall === 'string';
}
