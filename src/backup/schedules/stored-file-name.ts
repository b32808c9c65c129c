import type { Run } from '../run.entity.js';
import type { RunScope } from '../run-scope.js';

const MOST_OF_NAME = 64;
const ID_LETTERS = 8;

/** What the names of all files of a schedule begin with. Two schedules may share it: the end tells whose a file is. */
export function filePrefix(schedule: string, database: RunScope): string {
  const name = schedule.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, MOST_OF_NAME);
  return `flowg-${name}-${database}-`;
}

/** @param suffix that packing adds. @returns `flowg-nightly-logs-20260131T030000Z-5f0f6a3e.db.gz`. */
export function fileName({ id, schedule, database, instant }: Run, suffix: string): string {
  const stamp = new Date(instant!).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const kind = database === 'all' ? 'tar' : 'db';
  return `${filePrefix(schedule!, database)}${stamp}-${id.slice(0, ID_LETTERS)}.${kind}${suffix}`;
}

/** Whether a file was made by this run. */
export function isFileOf(name: string, { id, schedule, database }: Run): boolean {
  return name.startsWith(filePrefix(schedule!, database)) && name.includes(`Z-${id.slice(0, ID_LETTERS)}.`);
}
