import type { EntityManager } from 'typeorm';
import { sqlText } from '../../database/sql-text.js';
import type { Instant } from '../instant.js';
import type { Fields } from '../record.js';
import { ENTRY_BYTES, ENTRY_OVERHEAD_BYTES } from './entry-size.js';
import { HELD_BY_INDEX, indexedPart, VALUE } from './field-value.js';
import { EXCESS_BYTES, hideOversize } from './hide-oversize.store.js';

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
  /** Bytes that it may take, at least, before entries have to be hidden; null where its size has no limit. */
  roomBytes: number | null;
  /** It has at least one index. */
  indexed: number;
}

/** What is added to a stream. */
export interface Addition {
  entries: number;
  bytes: number;
  /** The time of the oldest, Unix milliseconds. */
  oldestMs: number;
  fieldNames: Set<string>;
}

/** Rows of one statement: what a larger request brings is written by several. */
const STATEMENT_ROWS = 5000;

/** Those of the names that there are, by name. */
export async function targetStreams(
  manager: EntityManager,
  names: string[],
): Promise<Map<string, TargetStream>> {
  const rows = await manager.query<TargetStream[]>(
    `SELECT id, name, ttl_seconds AS ttlSeconds, iif(size_mb > 0, -${EXCESS_BYTES}, NULL) AS roomBytes,
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
  for (const statement of appendStatements(rows, additionsOf(rows))) await manager.query(statement);
}

/** By stream. */
export function additionsOf(rows: EntryRow[]): Map<TargetStream, Addition> {
  const additions = new Map<TargetStream, Addition>();
  for (const { stream, instant, record, fields } of rows) {
    let sum = additions.get(stream);
    if (!sum)
      additions.set(stream, (sum = { entries: 0, bytes: 0, oldestMs: Infinity, fieldNames: new Set() }));
    sum.entries++;
    sum.bytes += Buffer.byteLength(fields) + ENTRY_OVERHEAD_BYTES;
    sum.oldestMs = Math.min(sum.oldestMs, instant.timestampMs);
    for (const name of Object.keys(record)) sum.fieldNames.add(name);
  }
  return additions;
}

/**
 * SQL that appends rows with everything that goes with them, and takes from the room of their streams.
 * @param additions those of the rows.
 */
export function appendStatements(rows: EntryRow[], additions: Map<TargetStream, Addition>): string[] {
  const statements: string[] = [];
  const firstId = rows[0]?.id;
  if (firstId === undefined) return statements;
  for (let from = 0; from < rows.length; from += STATEMENT_ROWS)
    statements.push(insertEntries(rows.slice(from, from + STATEMENT_ROWS)));
  for (const [stream, { entries, bytes, oldestMs, fieldNames }] of additions) {
    const { id, roomBytes } = stream;
    if (fieldNames.size > 0) statements.push(insertFieldNames(id, fieldNames));
    // Some are hidden from the beginning only after the system's clock was set back between two starts.
    statements.push(
      `UPDATE stream SET entry_count = entry_count + ${entries}, entry_bytes = entry_bytes + ${bytes},
         hidden_bytes = hidden_bytes + iif(floor_ms > ${oldestMs}, ${hiddenBytesFrom(firstId)}, 0)
       WHERE id = ${id}`,
    );
    if (roomBytes === null) continue;
    // What was over the size before is hidden by upkeep: these are as many as may have to make room for these bytes.
    if (bytes > roomBytes) statements.push(hideOversize(id, Math.ceil(bytes / ENTRY_OVERHEAD_BYTES)));
    stream.roomBytes = Math.max(0, roomBytes - bytes);
  }
  if ([...additions.keys()].some(({ indexed }) => indexed)) statements.push(indexEntriesFrom(firstId));
  return statements;
}

function insertEntries(rows: EntryRow[]): string {
  const values = rows.map(
    ({ id, stream, instant, fields, expiresMs }) =>
      `(${id},${stream.id},${instant.timestampMs},${instant.subNs},${sqlText(fields)},${expiresMs ?? 'NULL'})`,
  );
  return `INSERT INTO entry (id, stream_id, timestamp_ms, sub_ns, fields, expires_ms) VALUES ${values.join(',')}`;
}

function insertFieldNames(streamId: number, names: Set<string>): string {
  const values = [...names].map((name) => `(${streamId},${sqlText(JSON.stringify(name))})`);
  return `INSERT INTO stream_field (stream_id, name) VALUES ${values.join(',')}
    ON CONFLICT (stream_id, name) DO NOTHING`;
}

/** SQL about `stream`. */
function hiddenBytesFrom(firstId: number): string {
  return `(SELECT coalesce(sum(${ENTRY_BYTES}), 0) FROM entry
    WHERE entry.id >= ${firstId} AND +stream_id = stream.id AND timestamp_ms < stream.floor_ms)`;
}

function indexEntriesFrom(firstId: number): string {
  return `INSERT INTO indexed_value (index_id, value, timestamp_ms, entry_id)
    SELECT stream_index.id, ${indexedPart(VALUE)}, entry.timestamp_ms, entry.id
    FROM entry JOIN stream_index ON stream_index.stream_id = entry.stream_id
    WHERE entry.id >= ${firstId} AND stream_index.field IS NOT NULL AND ${HELD_BY_INDEX}
      AND ${VALUE} IS NOT NULL`;
}
