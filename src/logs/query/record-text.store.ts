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

/** Records with commas between them, in the order given. All of them must be there. */
export async function recordsText(manager: EntityManager, keys: Position[]): Promise<Buffer> {
  if (keys.length === 0) return Buffer.alloc(0);
  const [row] = await manager.query<{ text: Buffer }[]>(
    `SELECT CAST(group_concat(${RECORD_TEXT}) AS BLOB) AS text ${ENTRIES_IN_PLACE}`,
    [idsOf(keys)],
  );
  const { text } = row!;
  // SQLite keeps any bytes in a text column, and a restored file may have some that JSON must not have.
  return isUtf8(text) ? text : Buffer.from(text.toString());
}

/** The entries themselves, in the order given. */
export function readCandidates(manager: EntityManager, keys: Position[]): Promise<Candidate[]> {
  return manager.query<Candidate[]>(
    `SELECT entry.id, timestamp_ms AS timestampMs, fields, ${RECORD_TEXT} AS record ${ENTRIES_IN_PLACE}`,
    [idsOf(keys)],
  );
}

/** A cross join goes along the list in its order. To have it sorted again would take as long as to read the entries. */
const ENTRIES_IN_PLACE = 'FROM json_each(?) AS place CROSS JOIN entry ON entry.id = place.value';

function idsOf(keys: Position[]): string {
  return JSON.stringify(keys.map(({ id }) => id));
}
