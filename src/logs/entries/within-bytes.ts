/** How many sizes, from the first, are no more than so many bytes together; at least one, however large it is. */
export function countWithin(sizes: number[], mostBytes: number): number {
  let sum = 0;
  const end = sizes.findIndex((bytes, index) => (sum += bytes) > mostBytes && index > 0);
  return end === -1 ? sizes.length : end;
}

/** The first items that have no more than so many bytes together; at least one, however large it is. */
export function withinBytes<Item extends { bytes: number }>(items: Item[], mostBytes: number): Item[] {
  return items.slice(
    0,
    countWithin(
      items.map(({ bytes }) => bytes),
      mostBytes,
    ),
  );
}
