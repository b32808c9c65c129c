import type { StagedGeneration } from '../../database/database.js';
import { appendRows, newestEntryId } from '../entries/append-rows.store.js';
import { readRows } from './source-rows.store.js';
import { copyStreams, rowsFor } from './stream-copies.store.js';
import type { Readable } from './stream-side.store.js';

/** 0 where there is no entry. */
export function newestIdOf(generation: Readable): Promise<number> {
  return generation.read(newestEntryId);
}

/** Names of the streams that have something since an instant. @param sinceMs Unix milliseconds. */
export async function streamsSince(source: Readable, sinceMs: number): Promise<string[]> {
  const rows = await source.read((manager) =>
    manager.query<{ name: string }[]>(
      `SELECT name FROM stream WHERE name IS NOT NULL
         AND EXISTS (SELECT 1 FROM entry WHERE stream_id = stream.id AND timestamp_ms >= ?) ORDER BY id`,
      [sinceMs],
    ),
  );
  return rows.map(({ name }) => name);
}

/** Copies entries that are still to be seen into their streams, in one transaction. @returns how many, by stream. */
export async function copyEntries(
  from: Readable,
  to: StagedGeneration,
  ids: number[],
): Promise<Map<string, number>> {
  const rows = await readRows(from, ids, Date.now());
  const counts = new Map<string, number>();
  if (rows.length === 0) return counts;
  await to.write(async (manager) => {
    const streams = await copyStreams(manager, from, [...new Set(rows.map(({ stream }) => stream))]);
    const copied = await rowsFor(manager, rows, streams, 'kept');
    await appendRows(manager, copied);
    for (const { stream } of copied) counts.set(stream.name, (counts.get(stream.name) ?? 0) + 1);
  });
  return counts;
}
