import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Instant } from '../instant.js';
import { LogsDatabase } from '../logs.database.js';
import { insertDeliveries, type NewDelivery } from '../deliveries/insert-deliveries.store.js';
import type { Fields } from '../record.js';
import { ENTRY_OVERHEAD_BYTES } from './entry-size.js';
import { hideOversize } from './hide-oversize.store.js';
import { indexedPart, VALUE } from './field-value.js';

/** A record on its way into a stream. */
export interface NewEntry {
  stream: string;
  instant: Instant;
  record: Fields;
  /** The record as `JSON.stringify` writes it: nothing in it that a text column would change. */
  fields: string;
}

/** What one request makes of its records: all of it is stored or nothing. */
export interface Outputs {
  entries: NewEntry[];
  deliveries: NewDelivery[];
}

/** An entry with the id under which it was stored. */
export interface IdentifiedEntry extends NewEntry {
  id: number;
}

export interface Stored {
  entries: IdentifiedEntry[];
  /** Deliveries for which there was no room, by alert. */
  droppedDeliveries: Map<string, number>;
}

/** Appends entries by the thousand: a few statements, however many there are. */
@Injectable()
export class EntriesStore {
  constructor(private readonly database: LogsDatabase) {}

  /** Stores all or none, with ids in the order given. Streams that do not exist are created. */
  async append(entries: NewEntry[], deliveries: NewDelivery[]): Promise<Stored> {
    return this.database.write(async (manager) => ({
      entries: entries.length > 0 ? await storeEntries(manager, entries) : [],
      droppedDeliveries: await insertDeliveries(manager, deliveries),
    }));
  }
}

async function storeEntries(manager: EntityManager, entries: NewEntry[]): Promise<IdentifiedEntry[]> {
  const streams = await streamsOf(manager, entries);
  const firstId = await insertEntries(manager, entries, streams);
  await insertFieldNames(manager, entries, streams);
  await addToSizes(manager, entries, streams);
  const touched = [...streams.values()];
  if (touched.some(({ indexed }) => indexed)) await indexEntriesFrom(manager, firstId);
  for (const { id, limited } of touched) if (limited) await hideOversize(manager, id);
  return entries.map((entry, index) => Object.assign(entry, { id: firstId + index }));
}

interface TargetStream {
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

type Streams = Map<string, TargetStream>;

async function streamsOf(manager: EntityManager, entries: NewEntry[]): Promise<Streams> {
  const names = JSON.stringify([...new Set(entries.map(({ stream }) => stream))]);
  await manager.query(
    'INSERT INTO stream (name) SELECT value FROM json_each(?) WHERE true ON CONFLICT (name) DO NOTHING',
    [names],
  );
  const rows = await manager.query<TargetStream[]>(
    `SELECT id, name, ttl_seconds AS ttlSeconds, size_mb > 0 AS limited, coalesce(floor_ms, -1) AS floorMs,
       EXISTS (SELECT 1 FROM stream_index WHERE stream_id = stream.id AND field IS NOT NULL) AS indexed
     FROM stream WHERE name IN (SELECT value FROM json_each(?))`,
    [names],
  );
  return new Map(rows.map((row) => [row.name, row]));
}

/** @returns the id of the first one. */
async function insertEntries(manager: EntityManager, entries: NewEntry[], streams: Streams): Promise<number> {
  const rows = entries.map(({ stream, instant, fields }) => {
    const { id, ttlSeconds } = streams.get(stream)!;
    return [id, instant.timestampMs, instant.subNs, fields, expiry(instant, ttlSeconds)];
  });
  const [newest] = await manager.query<{ id: number }[]>('SELECT coalesce(max(id), 0) AS id FROM entry');
  await manager.query(
    `INSERT INTO entry (id, stream_id, timestamp_ms, sub_ns, fields, expires_ms)
     SELECT CAST(? AS INTEGER) + 1 + key, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4
     FROM json_each(?)`,
    [newest!.id, JSON.stringify(rows)],
  );
  return newest!.id + 1;
}

/** Fixed when the entry is stored, as in the reference: another `ttl` of the stream counts for what comes then. */
function expiry({ timestampMs }: Instant, ttlSeconds: number): number | null {
  return ttlSeconds > 0 ? Math.min(timestampMs + ttlSeconds * 1000, Number.MAX_SAFE_INTEGER) : null;
}

async function insertFieldNames(
  manager: EntityManager,
  entries: NewEntry[],
  streams: Streams,
): Promise<void> {
  const namesByStream = new Map<string, Set<string>>();
  for (const { stream, record } of entries) {
    const names = namesByStream.get(stream) ?? new Set();
    for (const name of Object.keys(record)) names.add(name);
    namesByStream.set(stream, names);
  }
  const rows = [...namesByStream].flatMap(([stream, names]) =>
    [...names].map((name) => [streams.get(stream)!.id, JSON.stringify(name)]),
  );
  await manager.query(
    `INSERT INTO stream_field (stream_id, name) SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true
     ON CONFLICT (stream_id, name) DO NOTHING`,
    [JSON.stringify(rows)],
  );
}

async function addToSizes(manager: EntityManager, entries: NewEntry[], streams: Streams): Promise<void> {
  const added = new Map<number, { entries: number; bytes: number; hidden: number }>();
  for (const { stream, instant, fields } of entries) {
    const { id, floorMs } = streams.get(stream)!;
    const sum = added.get(id) ?? { entries: 0, bytes: 0, hidden: 0 };
    const bytes = Buffer.byteLength(fields) + ENTRY_OVERHEAD_BYTES;
    sum.entries++;
    sum.bytes += bytes;
    // Only after the system's clock was set back between two starts.
    if (instant.timestampMs < floorMs) sum.hidden += bytes;
    added.set(id, sum);
  }
  const rows = [...added].map(([id, { entries: count, bytes, hidden }]) => [id, count, bytes, hidden]);
  await manager.query(
    `UPDATE stream SET entry_count = entry_count + added.entries, entry_bytes = entry_bytes + added.bytes,
       hidden_bytes = hidden_bytes + added.hidden
     FROM (SELECT value ->> 0 AS id, value ->> 1 AS entries, value ->> 2 AS bytes, value ->> 3 AS hidden
           FROM json_each(?)) AS added
     WHERE stream.id = added.id`,
    [JSON.stringify(rows)],
  );
}

async function indexEntriesFrom(manager: EntityManager, firstId: number): Promise<void> {
  await manager.query(
    `INSERT INTO indexed_value (index_id, value, timestamp_ms, entry_id)
     SELECT stream_index.id, ${indexedPart(VALUE)}, entry.timestamp_ms, entry.id
     FROM entry JOIN stream_index ON stream_index.stream_id = entry.stream_id
     WHERE entry.id >= ? AND stream_index.field IS NOT NULL
       AND ${VALUE} IS NOT NULL`,
    [firstId],
  );
}
