import { Buffer } from 'node:buffer';

/** The fields of a log: text under names of any kind, `__proto__` and the empty one included. */
export type Fields = Record<string, string>;

/** A field becomes a row of the list of its stream's fields: a million of them would stall everybody. */
export const MOST_FIELDS = 20_000;

/** Records that one request may bring: they are stored in one transaction. */
export const MOST_RECORDS = 50_000;

/** What each record may be. */
export interface RecordLimits {
  /** Bytes of one value in UTF-8. */
  valueBytes: number;
}

/** @returns what is wrong with a record, as `field "x": …`; undefined for one that can be stored. */
export function recordFault(record: Fields, { valueBytes }: RecordLimits): string | undefined {
  const names = Object.keys(record);
  if (names.length > MOST_FIELDS) return `${names.length} fields, ${MOST_FIELDS} are possible`;
  for (const name of names) {
    const value = record[name]!;
    // A character has three bytes at the most: a short value needs no counting.
    if (value.length * 3 <= valueBytes) continue;
    const bytes = Buffer.byteLength(value);
    if (bytes > valueBytes) {
      const shown = name.length > 80 ? `${name.slice(0, 80)}…` : name;
      return `field ${JSON.stringify(shown)}: the value has ${bytes} bytes, ${valueBytes} are possible`;
    }
  }
  return undefined;
}
