import type { Turns } from '../turns.js';

/**
 * As `items.filter`, but lets others have their turn where it takes long.
 * @returns the items themselves unless it did.
 */
export function sift<Item>(
  items: Item[],
  matches: (item: Item) => boolean,
  turns: Turns,
  start = 0,
  passed: Item[] = [],
): Item[] | Promise<Item[]> {
  for (let next = start; next < items.length; next++) {
    if (matches(items[next]!)) passed.push(items[next]!);
    if (turns.over) return turns.pass().then(() => sift(items, matches, turns, next + 1, passed));
  }
  return passed;
}
