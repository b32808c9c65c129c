/**
 * JSON in one form for each value, for people: two spaces, keys in one order whatever order they were written in.
 * Ends with a newline, as a file of lines does.
 */
export function canonicalJson(value: unknown): string {
  return `${JSON.stringify(withSortedKeys(value), undefined, 2)}\n`;
}

function withSortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, entry]): [string, unknown] => [
    key,
    withSortedKeys(entry),
  ]);
  // Defines properties instead of setting them, so that `__proto__` is a key like any other.
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
