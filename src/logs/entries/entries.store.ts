import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Instant } from '../instant.js';
import { LogsDatabase } from '../logs.database.js';
import { insertDeliveries, type NewDelivery } from '../deliveries/insert-deliveries.store.js';
import type { Fields } from '../record.js';
import { AppendPoint } from './append-point.store.js';
import { appendRows, type EntryRow, type TargetStream, targetStreams } from './append-rows.store.js';

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

/** Appends entries by the thousand: one trip to the database, however many there are. */
@Injectable()
export class EntriesStore {
  private readonly point = new AppendPoint();

  constructor(private readonly database: LogsDatabase) {}

  /**
   * Stores all or none, with ids in the order given. Streams that do not exist are created. One call at a time: the next
   * one builds on what this one leaves.
   */
  async append(entries: NewEntry[], deliveries: NewDelivery[]): Promise<Stored> {
    try {
      return (
        (await this.appendAtOnce(entries, deliveries)) ?? (await this.appendByLooking(entries, deliveries))
      );
    } catch (error) {
      this.point.forget();
      throw error;
    }
  }

  /** What nearly every append is: into streams that are known, and nothing to be hidden or delivered. */
  private async appendAtOnce(entries: NewEntry[], deliveries: NewDelivery[]): Promise<Stored | undefined> {
    if (deliveries.length > 0) return undefined;
    let firstId = 0;
    const stored = await this.database.writeScript((revision, next) =>
      this.point.script(revision, next, (streams, id) => {
        firstId = id;
        return entries.every(({ stream }) => streams.has(stream)) ? rowsOf(entries, streams, id) : undefined;
      }),
    );
    return stored ? { entries: identified(entries, firstId), droppedDeliveries: new Map() } : undefined;
  }

  private appendByLooking(entries: NewEntry[], deliveries: NewDelivery[]): Promise<Stored> {
    return this.database.write(async (manager, next) => {
      const names = [...new Set(entries.map(({ stream }) => stream))];
      const streams = await ensureStreams(manager, names);
      const firstId = await this.point.firstId(manager);
      await appendRows(manager, rowsOf(entries, streams, firstId));
      const droppedDeliveries = await insertDeliveries(manager, deliveries);
      await this.point.load(manager, next, names);
      return { entries: identified(entries, firstId), droppedDeliveries };
    });
  }
}

function rowsOf(entries: NewEntry[], streams: Map<string, TargetStream>, firstId: number): EntryRow[] {
  return entries.map(({ stream: name, instant, record, fields }, index) => {
    const stream = streams.get(name)!;
    return {
      id: firstId + index,
      stream,
      instant,
      record,
      fields,
      expiresMs: expiry(instant, stream.ttlSeconds),
    };
  });
}

function identified(entries: NewEntry[], firstId: number): IdentifiedEntry[] {
  return entries.map((entry, index) => Object.assign(entry, { id: firstId + index }));
}

async function ensureStreams(manager: EntityManager, names: string[]): Promise<Map<string, TargetStream>> {
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
