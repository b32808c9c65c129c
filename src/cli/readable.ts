/** An answer for people: a line for each property, what belongs to something indented below it. */
export function readable(value: Record<string, unknown>, indent = ''): string {
  return Object.entries(value)
    .filter(([key]) => indent !== '' || key !== 'success')
    .map(
      ([key, entry]) => `${indent}${printable(key.replaceAll('_', ' '))}:${entryText(entry, `${indent}  `)}`,
    )
    .join('');
}

function entryText(entry: unknown, indent: string): string {
  if (Array.isArray(entry)) {
    if (entry.length === 0) return ' none\n';
    return `\n${entry.map((item) => `${indent}-${entryText(item, `${indent}  `)}`).join('')}`;
  }
  if (typeof entry === 'object' && entry !== null)
    return `\n${readable(entry as Record<string, unknown>, indent)}`;
  return ` ${printable(entry ?? '-')}\n`;
}

/** Names and texts come from files and strangers: what a terminal would obey is shown instead. */
export function printable(value: unknown): string {
  // oxlint-disable-next-line no-control-regex
  return String(value).replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (character) =>
    JSON.stringify(`\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`).slice(2, -1),
  );
}
