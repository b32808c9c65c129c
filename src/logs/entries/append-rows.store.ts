import type { EntityManager } from 'typeorm';
import type { Instant } from '../instant.js';
import type { Fields } from '../record.js';
import { ENTRY_OVERHEAD_BYTES } from './entry-size.js';
import { HELD_BY_INDEX, indexedPart, VALUE } from './field-value.js';
import { hideOversize } from './hide-oversize.store.js';

/** An entry as it goes into the tables. */
export interface EntryRow {
  id: number;
  stream: TargetStream;
  instant: Instant;
  record: Fields;
  /** The record as `JSON.stringify` writes it: nothing in it that a text column would change. */
  fields: string;
  /** Unix milliseconds; null for one that stays. */
  expiresMs: number | null;
}

/** What there is to know of a stream to put entries into it. */
export interface TargetStream {
  id: number;
  name: string;
  ttlSeconds: number;
  /** Its size has a limit. */
  limited: number;
  /** What is older is hidden; -1 where nothing is. */
  floorMs: number;
  /** It has at least one index. */
  indexed: number;
}

/** Those of the names that there are, by name. */
export async function targetStreams(
  manager: EntityManager,
  names: string[],
): Promise<Map<string, TargetStream>> {
  const rows = await manager.query<TargetStream[]>(
    `SELECT id, name, ttl_seconds AS ttlSeconds, size_mb > 0 AS limited, coalesce(floor_ms, -1) AS floorMs,
       EXISTS (SELECT 1 FROM stream_index WHERE stream_id = stream.id AND field IS NOT NULL) AS indexed
     FROM stream WHERE name IN (SELECT value FROM json_each(?))`,
    [JSON.stringify(names)],
  );
  return new Map(rows.map((row) => [row.name, row]));
}

/** 0 where there is no entry. New ones get the ids behind it. */
export async function newestEntryId(manager: EntityManager): Promise<number> {
  const [newest] = await manager.query<{ id: number }[]>('SELECT coalesce(max(id), 0) AS id FROM entry');
  return newest!.id;
}

/**
 * Appends entries with everything that goes with them: names of fields, sums, places in indexes, what a limited size
 * hides. Part of a transaction. Ids rise, and are behind the newest one that is there.
 */
export async function appendRows(manager: EntityManager, rows: EntryRow[]): Promise<void> {
  if (rows.length === 0) return;
  await insertEntries(manager, rows);
  await insertFieldNames(manager, rows);
  await addToSizes(manager, rows);
  const touched = [...new Set(rows.map(({ stream }) => stream))];
  if (touched.some(({ indexed }) => indexed)) await indexEntriesFrom(manager, rows[0]!.id);
  for (const { id, limited } of touched) if (limited) await hideOversize(manager, id);
}

async function insertEntries(manager: EntityManager, rows: EntryRow[]): Promise<void> {
  const values = rows.map(({ id, stream, instant, fields, expiresMs }) => [
    id,
    stream.id,
    instant.timestampMs,
    instant.subNs,
    fields,
    expiresMs,
  ]);
  await manager.query(
    `INSERT INTO entry (id, stream_id, timestamp_ms, sub_ns, fields, expires_ms)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?)`,
    [JSON.stringify(values)],
  );
}

async function insertFieldNames(manager: EntityManager, rows: EntryRow[]): Promise<void> {
  const namesByStream = new Map<number, Set<string>>();
  for (const { stream, record } of rows) {
    const names = namesByStream.get(stream.id) ?? new Set();
    for (const name of Object.keys(record)) names.add(name);
    namesByStream.set(stream.id, names);
  }
  const values = [...namesByStream].flatMap(([streamId, names]) =>
    [...names].map((name) => [streamId, JSON.stringify(name)]),
  );
  await manager.query(
    `INSERT INTO stream_field (stream_id, name) SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true
     ON CONFLICT (stream_id, name) DO NOTHING`,
    [JSON.stringify(values)],
  );
}

async function addToSizes(manager: EntityManager, rows: EntryRow[]): Promise<void> {
  const added = new Map<number, { entries: number; bytes: number; hidden: number }>();
  for (const { stream, instant, fields } of rows) {
    const sum = added.get(stream.id) ?? { entries: 0, bytes: 0, hidden: 0 };
    const bytes = Buffer.byteLength(fields) + ENTRY_OVERHEAD_BYTES;
    sum.entries++;
    sum.bytes += bytes;
    // Only after the system's clock was set back between two starts.
    if (instant.timestampMs < stream.floorMs) sum.hidden += bytes;
    added.set(stream.id, sum);
  }
  const values = [...added].map(([id, { entries, bytes, hidden }]) => [id, entries, bytes, hidden]);
  await manager.query(
    `UPDATE stream SET entry_count = entry_count + added.entries, entry_bytes = entry_bytes + added.bytes,
       hidden_bytes = hidden_bytes + added.hidden
     FROM (SELECT value ->> 0 AS id, value ->> 1 AS entries, value ->> 2 AS bytes, value ->> 3 AS hidden
           FROM json_each(?)) AS added
     WHERE stream.id = added.id`,
    [JSON.stringify(values)],
  );
}

async function indexEntriesFrom(manager: EntityManager, firstId: number): Promise<void> {
  await manager.query(
    `INSERT INTO indexed_value (index_id, value, timestamp_ms, entry_id)
     SELECT stream_index.id, ${indexedPart(VALUE)}, entry.timestamp_ms, entry.id
     FROM entry JOIN stream_index ON stream_index.stream_id = entry.stream_id
     WHERE entry.id >= ? AND stream_index.field IS NOT NULL AND ${HELD_BY_INDEX}
       AND ${VALUE} IS NOT NULL`,
    [firstId],
  );
}
