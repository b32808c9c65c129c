import type { Run } from './run.entity.js';
import type { Proof } from './stored-copy.js';

/** What can still be done about a restore. Instants are RFC 3339 in UTC. */
export interface RestoreStanding {
  /** Until when it can be undone; null: it cannot, or no longer. */
  undoableUntil: string | null;
  /** Until when it must be confirmed, or it undoes itself; null: it stands. */
  confirmBy: string | null;
  /** Id of the run that has undone it. */
  undoneBy: string | null;
}

/** A run as the API shows it. Instants are RFC 3339 in UTC; what is not known (yet) is null. */
export function runAnswer(run: Run) {
  return {
    id: run.id,
    database: run.database,
    outcome: run.outcome,
    user: run.user,
    address: run.address,
    started_at: new Date(run.startedMs).toISOString(),
    finished_at: run.finishedMs === null ? null : new Date(run.finishedMs).toISOString(),
    bytes: run.bytes,
    sha256: run.sha256,
    instant: run.instant,
    schema_version: run.schemaVersion,
    rows: run.rowCounts,
    error: run.error,
  };
}

/** A backup as the API shows it. */
export function backupAnswer(run: Run) {
  return {
    ...runAnswer(run),
    schedule: run.schedule,
    stored: storedAnswer(run),
    proof: run.proof && proofAnswer(run.proof),
  };
}

function storedAnswer({ stored }: Run) {
  if (!stored) return null;
  const { removedMs, ...copy } = stored;
  return { ...copy, removed_at: removedMs === null ? null : new Date(removedMs).toISOString() };
}

/** As receipts have it, too. */
export function proofAnswer({ endedMs, milliseconds, serverVersion, queries, ...facts }: Proof) {
  return {
    ...facts,
    queries: queries.map(({ milliseconds: took, ...query }) => ({ ...query, took_ms: took })),
    took_ms: milliseconds,
    ended_at: new Date(endedMs).toISOString(),
    server_version: serverVersion,
  };
}

/** A restore as the API shows it. */
export function restoreAnswer(run: Run, standing: RestoreStanding) {
  return {
    ...runAnswer(run),
    mode: run.mode,
    from: run.fromBackup,
    ...generationsAnswer(run),
    undoes: run.undoes,
    undone_by: standing.undoneBy,
    undoable_until: standing.undoableUntil,
    confirm_by: standing.confirmBy,
  };
}

/** `generation` of one database, `generations` of all. */
export function generationsAnswer({ database, generations }: Run) {
  if (database === 'all') return { generations };
  return { generation: generations?.[database] ?? null };
}
