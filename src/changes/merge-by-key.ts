/** What two sides have under one key: `before` is missing where it was added, `after` where it was removed. */
export interface Pair<Row> {
  before?: Row;
  after?: Row;
}

/** Texts in the order in which SQLite sorts them: by the bytes of their UTF-8. */
export function compareTexts(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/**
 * Walks along two sides, each in ascending order and without a key that comes twice, and pairs what has the same key. One
 * row of each side is in memory.
 * @param compare below 0 when the first row comes before the second one, 0 when they have the same key.
 */
export async function* mergeByKey<Row>(
  before: AsyncIterator<Row>,
  after: AsyncIterator<Row>,
  compare: (a: Row, b: Row) => number,
): AsyncGenerator<Pair<Row>> {
  let old = await before.next();
  let young = await after.next();
  while (!old.done || !young.done) {
    const order = old.done ? 1 : young.done ? -1 : compare(old.value, young.value);
    const pair: Pair<Row> = {};
    if (order <= 0) pair.before = old.value as Row;
    if (order >= 0) pair.after = young.value as Row;
    yield pair;
    if (order <= 0) old = await before.next();
    if (order >= 0) young = await after.next();
  }
}

/** `mergeByKey` for rows whose key is their name. */
export function mergeByName<Row extends { name: string }>(
  before: AsyncIterator<Row>,
  after: AsyncIterator<Row>,
): AsyncGenerator<Pair<Row>> {
  return mergeByKey(before, after, (a, b) => compareTexts(a.name, b.name));
}
