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

/** A cross join goes along the list in its order. To have it sorted again would take as long as to read the entries. */
const inPlace = (ids: string, rows: string) =>
  `FROM json_each(${ids}) AS place CROSS JOIN entry ON entry.id = place.value WHERE place.key < ${rows}`;

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

const NO_TEXT: RecordsText = { text: Buffer.alloc(0) };

export async function recordsText(manager: EntityManager, { ids, rows }: Listed): Promise<RecordsText> {
  if (rows === 0) return NO_TEXT;
  const [row] = await manager.query<TextRow[]>(`SELECT ${textColumns('?1', '?2')}`, [ids, rows]);
  return textOf(row!);
}

/** What `textColumns` gives; nothing of it counts where there is no text. */
export interface TextRow {
  text: Buffer | null;
  lastId: number | null;
  lastMs: number | null;
}

/** SQL for the columns of `TextRow`: the first so many of a list. @param ids SQL for it, as JSON. @param rows SQL, too. */
export function textColumns(ids: string, rows: string): string {
  const lastId = `json_extract(${ids}, '$[' || max(${rows} - 1, 0) || ']')`;
  return `(SELECT CAST(group_concat(${RECORD_TEXT}) AS BLOB) ${inPlace(ids, rows)}) AS text,
    ${lastId} AS lastId, (SELECT timestamp_ms FROM entry WHERE id = ${lastId}) AS lastMs`;
}

export function textOf({ text, lastId, lastMs }: TextRow): RecordsText {
  if (!text) return NO_TEXT;
  // SQLite keeps any bytes in a text column, and a restored file may have some that JSON must not have.
  const valid = isUtf8(text) ? text : Buffer.from(text.toString());
  return { text: valid, last: { id: lastId!, timestampMs: lastMs! } };
}

/** The entries themselves, in the order of the list. */
export function readCandidates(manager: EntityManager, { ids, rows }: Listed): Promise<Candidate[]> {
  return manager.query<Candidate[]>(
    `SELECT entry.id, timestamp_ms AS timestampMs, fields, ${RECORD_TEXT} AS record ${inPlace('?1', '?2')}`,
    [ids, rows],
  );
}
