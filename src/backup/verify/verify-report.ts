import type { Manifest, PortableFile, RestorableName, RowCounts } from '../../database/database.js';
import { type FileCheck, FileRefusal } from '../../database/portable-file/file-refusal.js';
import { Problem } from '../../problems.js';
import type { Candidate } from './candidate.js';

/** The first check that failed; `administrator`: nobody could administer the server after a restore. */
export interface FailedCheck {
  check: FileCheck | 'administrator';
  reason: string;
}

/** One database, as the API and `flowg-backup verify --json` show it. What is not known is null. */
export interface DatabaseReport {
  restorable: boolean;
  bytes: number;
  sha256: string;
  /** When the state in it was the live one, RFC 3339 in UTC. */
  instant: string | null;
  server_version: string | null;
  schema_version: number | null;
  rows: RowCounts | null;
  failed: FailedCheck | null;
}

/** What a file is, and whether a restore would accept it. */
export interface VerifyReport {
  kind: Candidate['kind'];
  restorable: boolean;
  bytes: number;
  sha256: string | null;
  instant: string | null;
  server_version: string | null;
  databases: Partial<Record<RestorableName, DatabaseReport>>;
  failed: (FailedCheck & { database: RestorableName | null }) | null;
}

export function databaseReport({ bytes, sha256 }: PortableFile): DatabaseReport {
  return {
    restorable: false,
    bytes,
    sha256,
    instant: null,
    server_version: null,
    schema_version: null,
    rows: null,
    failed: null,
  };
}

export function withManifest(report: DatabaseReport, manifest: Manifest): DatabaseReport {
  const { instant, serverVersion, schemaVersion, rows } = manifest;
  return { ...report, instant, server_version: serverVersion, schema_version: schemaVersion, rows };
}

/** What an error says of the file. @throws the error itself when it says nothing of the file. */
export function failedCheck(error: unknown): FailedCheck {
  if (error instanceof FileRefusal) return { check: error.check, reason: error.message };
  if (error instanceof Problem && error.code === 'CONFLICT')
    return { check: 'administrator', reason: error.message };
  throw error;
}

/** @param refusal why all of it is refused, where it is not for one of its databases. */
export function verifyReport(
  candidate: Candidate,
  databases: VerifyReport['databases'],
  refusal: FailedCheck | null = null,
): VerifyReport {
  const { kind, bytes, sha256, manifest, names } = candidate;
  const bad = names.find((name) => databases[name]?.failed);
  const ofDatabase = bad && { database: bad, ...databases[bad]!.failed! };
  const single = kind === 'database' ? databases[names[0]!] : undefined;
  const failed = refusal ? { database: null, ...refusal } : (ofDatabase ?? null);
  return {
    kind,
    restorable: failed === null,
    bytes,
    sha256,
    instant: manifest?.instant ?? single?.instant ?? null,
    server_version: manifest?.server_version ?? single?.server_version ?? null,
    databases,
    failed,
  };
}
