import type { EntityManager } from 'typeorm';
import { type EntryView, isStillThere, viewOf } from '../entries/entry-view.store.js';
import type { EntryFilter } from './entry-filter.js';
import { type IndexedValue, IndexWalk, UNDER_VALUE } from './index-walk.store.js';
import { TimeWalk } from './time-walk.store.js';
import { LIMIT, type Walk } from './walk.store.js';

/** How far the entries under a value are counted: beyond that one is as good as another. */
const MOST_COUNTED = 10_000;

/** What is looked for in a stream. */
interface Sought {
  /** Nothing older is, Unix milliseconds. */
  fromMs: number;
  filter: EntryFilter;
}

/** A stream that is being read, and the way through it. */
export interface Reading {
  view: EntryView;
  walk: Walk;
}

/** Begins to read a stream as it is now. @returns undefined for an absent one. */
export async function beginReading(
  manager: EntityManager,
  stream: string,
  sought: Sought,
): Promise<Reading | undefined> {
  // At the same time: what a query waits for is the way to the engine and back.
  const [view, indexes] = await Promise.all([
    viewOf(manager, stream),
    indexesFor(manager, stream, sought.filter),
  ]);
  return view && { view, walk: await chooseWalk(manager, view, indexes, sought) };
}

/** Goes on where a reading has been in another transaction. @returns undefined when the stream is gone. */
export async function goOnReading(
  manager: EntityManager,
  reading: Reading,
  sought: Sought,
): Promise<Reading | undefined> {
  const { view, walk } = reading;
  const [isThere, isUsable] = await Promise.all([isStillThere(manager, view), walk.isUsable(manager)]);
  if (!isThere) return undefined;
  if (isUsable) return reading;
  const indexes = await indexesFor(manager, view.stream, sought.filter);
  return { view, walk: await chooseWalk(manager, view, indexes, sought) };
}

/** Ids of the indexes of a stream, by field. */
type Indexes = Map<string, number>;

/** By the index that has the fewest entries to look at, or through all of them where none helps. */
async function chooseWalk(
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
async function indexesFor(manager: EntityManager, stream: string, filter: EntryFilter): Promise<Indexes> {
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
