import { Problem } from '../../problems.js';
import type { StoredCopy } from '../stored-copy.js';
import type { Run } from '../run.entity.js';

/** A backup that lies in a destination, and what is known of it. */
export type StoredRun = Run & { stored: StoredCopy; bytes: number; sha256: string };

/** @throws Problem CONFLICT, which says why not, unless a destination has the backup. */
export function requireStored(run: Run): StoredRun {
  const { id, stored, bytes, sha256 } = run;
  if (!stored || bytes === null || sha256 === null) throw notStored(run);
  if (stored.removedMs !== null)
    throw new Problem(
      'CONFLICT',
      `backup ${id} was removed from the destination ${JSON.stringify(stored.destination)} at ` +
        `${new Date(stored.removedMs).toISOString()}, by its retention: choose another; GET /api/v1/backups lists them`,
    );
  return run as StoredRun;
}

function notStored({ id, outcome }: Run): Problem {
  const text =
    outcome === 'running'
      ? `backup ${id} is still being made: try again when it has ended`
      : `no destination has backup ${id}: the server only keeps what a schedule has stored; GET /api/v1/backups lists ` +
        'what is in `stored`';
  return new Problem('CONFLICT', text);
}
