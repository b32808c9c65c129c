import type { DatabaseName, Manifest, QuestionAnswers, RowCounts } from '../database.js';
import type { ExpectedSchema } from './schema-listing.js';
import type { FileCheck } from './file-refusal.js';

/**
 * What takes long in a check, in parts that do not need each other: pages and indexes; the rows of each table, and what the
 * manifest says of them; what rows point to; what the module that owns the database asks.
 */
export const CHECK_PARTS = ['structure', 'rows', 'references', 'questions'] as const;
export type CheckPart = (typeof CHECK_PARTS)[number];

/** What the server asks of a process that checks a file. */
export interface CheckTask {
  path: string;
  /** One after the other, in the order of `CHECK_PARTS`. */
  parts: readonly CheckPart[];
  database: DatabaseName;
  schemaVersion: number;
  expected: ExpectedSchema;
  /** Label of a kind of row to the query that counts it. */
  counts: Record<string, string>;
  /** Queries without parameters. */
  questions: string[];
}

/** What the parts have found in a file that passed them. */
export interface CheckFindings {
  /** Of `rows`. */
  manifest: Manifest;
  /** Of `rows`. */
  rows: RowCounts;
  /** Of `questions`. */
  answers: QuestionAnswers;
}

export interface Refusal {
  check: FileCheck;
  reason: string;
}

/** What that process answers. `failed`: the file could not be looked at, which says nothing about what is in it. */
export type CheckAnswer =
  { found: Partial<CheckFindings>; refusals: Refusal[] } | { failed: { code: string; reason: string } };
