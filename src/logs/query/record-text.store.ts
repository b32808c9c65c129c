import { isUtf8 } from 'node:buffer';
import type { EntityManager } from 'typeorm';
import type { Position } from '../entries/stored-entry.js';

/** The nine digits behind the second. */
const FRACTION = `substr(1000000000 + timestamp_ms % 1000 * 1000000 + sub_ns, 2)`;

/**
 * SQL for a record as answers have it: its time as `formatInstant` writes it, its fields as they lie. SQLite puts a page
 * together while the event loop serves others; rows that the driver makes objects of take it several times as long.
 */
export const RECORD_TEXT = `'{"timestamp":"' || replace(datetime(timestamp_ms / 1000, 'unixepoch'), ' ', 'T')
  || rtrim(rtrim('.' || ${FRACTION}, '0'), '.') || 'Z","fields":' || fields || '}'`;

/** An entry that has yet to be looked at. */
export interface Candidate extends Position {
  fields: string;
  record: string;
}

/** Some of a list of entries: the first `rows` of its ids, which are JSON. All of them must be there. */
export interface Listed {
  ids: string;
  rows: number;
}

/** Records with commas between them, and the place of the last. */
export interface RecordsText {
  text: Buffer;
  last?: Position;
}

export async function recordsText(manager: EntityManager, { ids, rows }: Listed): Promise<RecordsText> {
  if (rows === 0) return { text: Buffer.alloc(0) };
  // With one max() in it, SQLite takes the other columns from the row that has it: the last one.
  const [row] = await manager.query<{ text: Buffer; id: number; timestampMs: number }[]>(
    `SELECT CAST(group_concat(${RECORD_TEXT}) AS BLOB) AS text,
       max(place.key), entry.id AS id, timestamp_ms AS timestampMs ${ENTRIES_IN_PLACE}`,
    [ids, rows],
  );
  const { text, id, timestampMs } = row!;
  // SQLite keeps any bytes in a text column, and a restored file may have some that JSON must not have.
  return { text: isUtf8(text) ? text : Buffer.from(text.toString()), last: { id, timestampMs } };
}

/** The entries themselves, in the order of the list. */
export function readCandidates(manager: EntityManager, { ids, rows }: Listed): Promise<Candidate[]> {
  return manager.query<Candidate[]>(
    `SELECT entry.id, timestamp_ms AS timestampMs, fields, ${RECORD_TEXT} AS record ${ENTRIES_IN_PLACE}`,
    [ids, rows],
  );
}

/** A cross join goes along the list in its order. To have it sorted again would take as long as to read the entries. */
const ENTRIES_IN_PLACE =
  'FROM json_each(?) AS place CROSS JOIN entry ON entry.id = place.value WHERE place.key < ?';
