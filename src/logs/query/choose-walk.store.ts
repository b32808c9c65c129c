import type { EntityManager } from 'typeorm';
import type { EntryView } from '../entries/entry-view.store.js';
import type { EntryFilter } from './entry-filter.js';
import { type IndexedValue, IndexWalk, UNDER_VALUE } from './index-walk.store.js';
import { TimeWalk } from './time-walk.store.js';
import type { Walk } from './walk.store.js';

/** How far the entries under a value are counted: beyond that one is as good as another. */
const MOST_COUNTED = 10_000;

/** By the index that has the fewest entries to look at, or through all of them where none helps. */
export async function chooseWalk(
  manager: EntityManager,
  view: EntryView,
  fromMs: number,
  filter: EntryFilter,
): Promise<Walk> {
  const ways = await waysByIndex(manager, view, filter);
  let [best] = ways;
  let fewest = MOST_COUNTED;
  // Only a choice is worth counting.
  for (const values of ways.length > 1 ? ways : []) {
    const entries = await countOf(manager, values, fewest);
    if (entries < fewest) [best, fewest] = [values, entries];
  }
  return best ? new IndexWalk(best, view, fromMs, filter) : new TimeWalk(view, fromMs, filter);
}

async function waysByIndex(
  manager: EntityManager,
  view: EntryView,
  filter: EntryFilter,
): Promise<IndexedValue[][]> {
  if (filter.seeks(() => true).length === 0) return [];
  const indexes = await readyIndexes(manager, view.streamId);
  return filter
    .seeks((field) => indexes.has(field))
    .map((seeks) => seeks.map(({ field, value }) => ({ indexId: indexes.get(field)!, value })));
}

/** Ids by field. An index that is still being built would lose what is not in it yet. */
async function readyIndexes(manager: EntityManager, streamId: number): Promise<Map<string, number>> {
  const rows = await manager.query<{ id: number; field: string }[]>(
    'SELECT id, field FROM stream_index WHERE stream_id = ? AND field IS NOT NULL AND until_id IS NULL',
    [streamId],
  );
  return new Map(rows.map(({ id, field }) => [JSON.parse(field) as string, id]));
}

/** @param most what it is counted up to. */
async function countOf(manager: EntityManager, values: IndexedValue[], most: number): Promise<number> {
  let entries = 0;
  for (const { indexId, value } of values) {
    if (entries >= most) break;
    const [row] = await manager.query<{ n: number }[]>(
      `SELECT count(*) AS n FROM (SELECT 1 FROM indexed_value WHERE ${UNDER_VALUE} LIMIT ?)`,
      [indexId, value, most],
    );
    entries += row!.n;
  }
  return entries;
}
