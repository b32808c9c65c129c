import type { Run } from './run.entity.js';

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
    ...(run.kind === 'restore' && { generation: run.generation }),
    error: run.error,
  };
}
