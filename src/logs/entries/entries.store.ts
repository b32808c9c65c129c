import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Instant } from '../instant.js';
import { LogsDatabase } from '../logs.database.js';
import { insertDeliveries, type NewDelivery } from '../deliveries/insert-deliveries.store.js';
import type { Fields } from '../record.js';
import { appendRows, newestEntryId, type TargetStream, targetStreams } from './append-rows.store.js';

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
  const streams = await ensureStreams(manager, entries);
  const firstId = (await newestEntryId(manager)) + 1;
  const rows = entries.map(({ stream: name, instant, record, fields }, index) => {
    const stream = streams.get(name)!;
    const expiresMs = expiry(instant, stream.ttlSeconds);
    return { id: firstId + index, stream, instant, record, fields, expiresMs };
  });
  await appendRows(manager, rows);
  return entries.map((entry, index) => Object.assign(entry, { id: firstId + index }));
}

async function ensureStreams(
  manager: EntityManager,
  entries: NewEntry[],
): Promise<Map<string, TargetStream>> {
  const names = [...new Set(entries.map(({ stream }) => stream))];
  await manager.query(
    'INSERT INTO stream (name) SELECT value FROM json_each(?) WHERE true ON CONFLICT (name) DO NOTHING',
    [JSON.stringify(names)],
  );
  return targetStreams(manager, names);
}

/** Fixed when the entry is stored, as in the reference: another `ttl` of the stream counts for what comes then. */
function expiry({ timestampMs }: Instant, ttlSeconds: number): number | null {
  return ttlSeconds > 0 ? Math.min(timestampMs + ttlSeconds * 1000, Number.MAX_SAFE_INTEGER) : null;
}
