import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Instant } from '../instant.js';
import { LogsDatabase } from '../logs.database.js';

/** A record on its way into a stream. */
export interface NewEntry {
  stream: string;
  instant: Instant;
  /** JSON of `{string: string}`, as `JSON.stringify` writes it: nothing in it that a text column would change. */
  fields: string;
  /** The names of the fields, each as a JSON string. */
  fieldNames: string[];
}

/** Appends entries by the thousand: a few statements, however many there are. */
@Injectable()
export class EntriesStore {
  constructor(private readonly database: LogsDatabase) {}

  /** Stores all or none, with ids in the order given. Streams that do not exist are created. */
  async append(entries: NewEntry[]): Promise<void> {
    const fieldNames = fieldNamesByStream(entries);
    await this.database.write(async (manager) => {
      const streamIds = await idsOf(manager, [...fieldNames.keys()]);
      await insertEntries(manager, entries, streamIds);
      await insertFieldNames(manager, fieldNames, streamIds);
      await addToCounts(manager, entries, streamIds);
    });
  }
}

type StreamIds = Map<string, number>;

function fieldNamesByStream(entries: NewEntry[]): Map<string, Set<string>> {
  const byStream = new Map<string, Set<string>>();
  for (const { stream, fieldNames } of entries) {
    const names = byStream.get(stream) ?? new Set();
    for (const name of fieldNames) names.add(name);
    byStream.set(stream, names);
  }
  return byStream;
}

async function idsOf(manager: EntityManager, streams: string[]): Promise<StreamIds> {
  const names = JSON.stringify(streams);
  await manager.query(
    'INSERT INTO stream (name) SELECT value FROM json_each(?) WHERE true ON CONFLICT (name) DO NOTHING',
    [names],
  );
  const rows = await manager.query<{ id: number; name: string }[]>(
    'SELECT id, name FROM stream WHERE name IN (SELECT value FROM json_each(?))',
    [names],
  );
  return new Map(rows.map(({ id, name }) => [name, id]));
}

async function insertEntries(
  manager: EntityManager,
  entries: NewEntry[],
  streamIds: StreamIds,
): Promise<void> {
  const rows = entries.map(({ stream, instant, fields }) => [
    streamIds.get(stream),
    instant.timestampMs,
    instant.subNs,
    fields,
  ]);
  const [newest] = await manager.query<{ id: number }[]>('SELECT coalesce(max(id), 0) AS id FROM entry');
  await manager.query(
    `INSERT INTO entry (id, stream_id, timestamp_ms, sub_ns, fields)
     SELECT CAST(? AS INTEGER) + 1 + key, value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)`,
    [newest!.id, JSON.stringify(rows)],
  );
}

async function insertFieldNames(
  manager: EntityManager,
  fieldNames: Map<string, Set<string>>,
  streamIds: StreamIds,
): Promise<void> {
  const rows = [...fieldNames].flatMap(([stream, names]) =>
    [...names].map((name) => [streamIds.get(stream), name]),
  );
  await manager.query(
    `INSERT INTO stream_field (stream_id, name) SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true
     ON CONFLICT (stream_id, name) DO NOTHING`,
    [JSON.stringify(rows)],
  );
}

async function addToCounts(manager: EntityManager, entries: NewEntry[], streamIds: StreamIds): Promise<void> {
  const added = new Map<number, number>();
  for (const { stream } of entries) {
    const id = streamIds.get(stream)!;
    added.set(id, (added.get(id) ?? 0) + 1);
  }
  await manager.query(
    `UPDATE stream SET entry_count = entry_count + added.entries
     FROM (SELECT value ->> 0 AS id, value ->> 1 AS entries FROM json_each(?)) AS added WHERE stream.id = added.id`,
    [JSON.stringify([...added])],
  );
}
