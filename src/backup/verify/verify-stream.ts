import type { Readable } from 'node:stream';
import { FileRefusal } from '../../database/portable-file/file-refusal.js';
import { Candidate, type Place } from './candidate.js';
import type { AllOfflineChecks } from './offline-checks.js';
import { verifyCandidate } from './verify-candidate.js';
import { failedCheck, type VerifyReport, verifyReport } from './verify-report.js';

/**
 * Runs the checks of a restore, in their order, on what may be the backup of a database or an archive of all of them.
 * @throws what the place or the source of the bytes throws; a bad file is a report.
 */
export async function verifyStream(
  input: Readable,
  place: Place,
  checks: AllOfflineChecks,
): Promise<VerifyReport> {
  const candidate = new Candidate(checks, place);
  try {
    await candidate.receive(input);
  } catch (error) {
    if (error instanceof FileRefusal) return verifyReport(candidate, {}, failedCheck(error));
    throw error;
  }
  return verifyCandidate(candidate, checks);
}
