import type { DefinitionNames } from '../../config/take-definitions/definition-names.js';
import type { MergeAnswer } from '../../logs/merge/merge-answer.js';
import { generationsAnswer, type RestoreStanding } from '../run-answer.js';
import type { Run } from '../run.entity.js';
import type { Preview } from './preview.service.js';
import type { Restored } from './restore.service.js';

/** What came back, so that a script can compare it with what was saved. */
export function restoredAnswer(
  { run, carried, imported }: Restored,
  { undoableUntil, confirmBy }: Omit<RestoreStanding, 'undoneBy'>,
) {
  return {
    success: true,
    restore_id: run.id,
    database: run.database,
    ...generationsAnswer(run),
    ...fileAnswer(run),
    undoable_until: undoableUntil,
    confirm_by: confirmBy,
    ...(carried && { kept_newer: carried }),
    ...(imported && { import: imported }),
  };
}

export function previewAnswer({ run, plan, changes, lockout, imported, switchMs }: Preview) {
  return {
    success: true,
    dry_run: true,
    restore_id: run.id,
    database: run.database,
    ...fileAnswer(run),
    plan,
    changes: run.database === 'all' ? changes : changes[run.database],
    ...(lockout && { lockout }),
    ...(imported && { import: imported }),
    expected_switch_ms: switchMs,
  };
}

export function mergeAnswerOf({ run, merged }: { run: Run; merged: MergeAnswer }, dryRun: boolean) {
  return {
    success: true,
    ...(dryRun && { dry_run: true }),
    restore_id: run.id,
    database: run.database,
    ...fileAnswer(run),
    merged,
  };
}

export function takenAnswer({ run, taken }: { run: Run; taken: DefinitionNames }) {
  return { success: true, restore_id: run.id, database: run.database, ...fileAnswer(run), taken };
}

/** What was sent, or from which stored backup it came. */
function fileAnswer(run: Run) {
  return {
    ...(run.fromBackup !== null && { from: run.fromBackup }),
    bytes: run.bytes,
    sha256: run.sha256,
    instant: run.instant,
    schema_version: run.schemaVersion,
    rows: run.rowCounts,
  };
}
