import { rm } from 'node:fs/promises';
import type { PortableFile } from '../../database/database.js';
import { FileRefusal } from '../../database/portable-file/file-refusal.js';
import { openCheckedFile } from '../../database/portable-file/open-checked-file.js';
import { type ArchivedDatabase, requireAgreement } from '../archive/archive-manifest.js';
import type { Candidate } from './candidate.js';
import type { AllOfflineChecks, OfflineChecks } from './offline-checks.js';
import {
  type DatabaseReport,
  databaseReport,
  failedCheck,
  type VerifyReport,
  verifyReport,
  withManifest,
} from './verify-report.js';

/**
 * Does with a candidate what a restore would do before the switch, and says what came of it. The private copies are gone
 * one by one, as soon as each has been looked at.
 * @param receive makes it come; a refusal by it is a report as well. @param signal ends the checks early.
 * @throws whatever else `receive` throws.
 */
export async function verifyCandidate(
  candidate: Candidate,
  checks: AllOfflineChecks,
  receive: () => Promise<unknown>,
  signal?: AbortSignal,
): Promise<VerifyReport> {
  try {
    await receive();
  } catch (error) {
    if (error instanceof FileRefusal) return verifyReport(candidate, {}, failedCheck(error));
    throw error;
  }
  const databases: VerifyReport['databases'] = {};
  for (const name of candidate.names) {
    const file = candidate.files[name]!;
    databases[name] = await verifyDatabase(file, checks[name], candidate.manifest?.databases[name], signal);
    await rm(file.path, { force: true });
  }
  return verifyReport(candidate, databases);
}

async function verifyDatabase(
  file: PortableFile,
  { definition, schemas, review }: OfflineChecks,
  archived: ArchivedDatabase | undefined,
  signal: AbortSignal | undefined,
): Promise<DatabaseReport> {
  let report = databaseReport(file);
  try {
    const staged = await openCheckedFile(file, definition, schemas, signal);
    try {
      report = withManifest(report, staged.manifest);
      if (archived)
        requireAgreement(staged.database, archived, { size: file.bytes, manifest: staged.manifest });
      await review(staged);
    } finally {
      await staged.discard();
    }
    return { ...report, restorable: true };
  } catch (error) {
    return { ...report, failed: failedCheck(error) };
  }
}
