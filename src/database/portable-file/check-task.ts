import type { DatabaseName, Manifest, RowCounts } from '../database.js';
import type { ExpectedSchema } from './schema-listing.js';
import type { FileCheck } from './file-refusal.js';

/** What the server asks of the process that checks a file. */
export interface CheckTask {
  path: string;
  database: DatabaseName;
  schemaVersion: number;
  expected: ExpectedSchema;
  /** Label of a kind of row to the query that counts it. */
  counts: Record<string, string>;
}

/** What that process answers. `failed`: the file could not be looked at, which says nothing about what is in it. */
export type CheckAnswer =
  | { manifest: Manifest; rows: RowCounts }
  | { refused: { check: FileCheck; reason: string } }
  | { failed: { code: string; reason: string } };
