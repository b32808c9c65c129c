/** The first items that have no more than so many bytes together; at least one, however large it is. */
export function withinBytes<Item extends { bytes: number }>(items: Item[], mostBytes: number): Item[] {
  let bytes = 0;
  const end = items.findIndex((item, index) => (bytes += item.bytes) > mostBytes && index > 0);
  return end === -1 ? items : items.slice(0, end);
}
