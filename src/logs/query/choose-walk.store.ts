import type { EntityManager } from 'typeorm';
import type { EntryView } from '../entries/entry-view.store.js';
import type { EntryFilter } from './entry-filter.js';
import { type IndexedValue, IndexWalk, UNDER_VALUE } from './index-walk.store.js';
import { TimeWalk } from './time-walk.store.js';
import { LIMIT, type Walk } from './walk.store.js';

/** How far the entries under a value are counted: beyond that one is as good as another. */
const MOST_COUNTED = 10_000;

/** What is looked for in a stream. */
export interface Sought {
  /** Nothing older is, Unix milliseconds. */
  fromMs: number;
  filter: EntryFilter;
}

/** Ids of the indexes of a stream, by field. */
type Indexes = Map<string, number>;

/** By the index that has the fewest entries to look at, or through all of them where none helps. */
export async function chooseWalk(
  manager: EntityManager,
  view: EntryView,
  indexes: Indexes,
  { fromMs, filter }: Sought,
): Promise<Walk> {
  const ways = waysByIndex(indexes, filter);
  let [best] = ways;
  let fewest = MOST_COUNTED;
  // Only a choice is worth counting.
  for (const values of ways.length > 1 ? ways : []) {
    const entries = await countOf(manager, values, fewest);
    if (entries < fewest) [best, fewest] = [values, entries];
  }
  return best ? new IndexWalk(best, view, fromMs, filter) : new TimeWalk(view, fromMs, filter);
}

/** Those of a stream that may help a filter. One that is still being built would lose what is not in it yet. */
export async function indexesFor(
  manager: EntityManager,
  stream: string,
  filter: EntryFilter,
): Promise<Indexes> {
  if (filter.seeks(() => true).length === 0) return new Map();
  const rows = await manager.query<{ id: number; field: string }[]>(
    `SELECT id, field FROM stream_index
     WHERE stream_id = (SELECT id FROM stream WHERE name = ?) AND field IS NOT NULL AND until_id IS NULL`,
    [stream],
  );
  return new Map(rows.map(({ id, field }) => [JSON.parse(field) as string, id]));
}

function waysByIndex(indexes: Indexes, filter: EntryFilter): IndexedValue[][] {
  return filter
    .seeks((field) => indexes.has(field))
    .map((seeks) => seeks.map(({ field, value }) => ({ indexId: indexes.get(field)!, value })));
}

/** @param most what it is counted up to. */
async function countOf(manager: EntityManager, values: IndexedValue[], most: number): Promise<number> {
  let entries = 0;
  for (const { indexId, value } of values) {
    if (entries >= most) break;
    const [row] = await manager.query<{ n: number }[]>(
      `SELECT count(*) AS n FROM (SELECT 1 FROM indexed_value WHERE ${UNDER_VALUE} ${LIMIT})`,
      [indexId, value, most],
    );
    entries += row!.n;
  }
  return entries;
}
