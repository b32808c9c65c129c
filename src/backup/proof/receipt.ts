import { proofAnswer } from '../run-answer.js';
import type { Proof } from '../stored-copy.js';
import type { StoredRun } from '../stored/stored-run.js';

/** Grows by one when a reader of an older one could misunderstand it. */
const FORMAT = 1;

/** The file beside a stored copy that tells what came of its newest proof. */
export function receiptName(file: string): string {
  return `${file}.receipt.json`;
}

/** For people, and for who has nothing left but the destination. */
export function receiptText(run: StoredRun, proof: Proof): string {
  const { file, bytes, sha256, compression, sealed } = run.stored;
  const receipt = {
    format: FORMAT,
    backup: run.id,
    schedule: run.schedule,
    database: run.database,
    file,
    stored: { bytes, sha256, compression, sealed },
    content: { bytes: run.bytes, sha256: run.sha256 },
    instant: run.instant,
    schema_version: run.schemaVersion,
    rows: run.rowCounts,
    proof: proofAnswer(proof),
  };
  return `${JSON.stringify(receipt, null, 2)}\n`;
}
