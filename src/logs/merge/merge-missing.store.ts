import type { StagedGeneration } from '../../database/database.js';
import { failpoint } from '../../failpoints.js';
import { appendRows } from '../entries/append-rows.store.js';
import type { LogsDatabase } from '../logs.database.js';
import type { Comparison } from './comparison.js';
import type { MergeAnswer } from './merge-answer.js';
import { copyStreams, rowsFor } from './stream-copies.store.js';
import type { Readable } from './stream-side.store.js';

/**
 * Writes what was found missing into the live database: one transaction, in which only what changed since is looked at
 * again. Streams that are not there come with the settings of the backup.
 * @throws OutOfDate when the comparison is not true any more.
 */
export function mergeMissing(
  database: LogsDatabase,
  staged: StagedGeneration,
  comparison: Comparison,
  signal?: AbortSignal,
): Promise<MergeAnswer> {
  return database.write(async (manager) => {
    const live: Readable = { read: (work) => work(manager) };
    await comparison.requireTrue(live);
    const names = comparison.streams.map(({ name }) => name);
    const streams = await copyStreams(manager, staged, names);
    return comparison.admit(
      live,
      async (rows) => {
        await appendRows(manager, await rowsFor(manager, rows, streams, 'new'));
        await failpoint('merge.inserting');
      },
      signal,
    );
  });
}
