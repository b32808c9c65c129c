import type { EntityManager } from 'typeorm';
import {
  type EntryRow,
  newestEntryId,
  type TargetStream,
  targetStreams,
} from '../entries/append-rows.store.js';
import { reconcileIndexes } from '../streams/field-indexes.store.js';
import type { SourceRow } from './source-rows.store.js';
import type { Readable } from './stream-side.store.js';

interface StreamSettings {
  name: string;
  ttlSeconds: number;
  sizeMb: number;
  indexedFields: string;
}

/**
 * Streams of the target by name. Those that are not there are made as the source has them: settings and indexes, no
 * entries. Part of a transaction of the target.
 */
export async function copyStreams(
  manager: EntityManager,
  source: Readable,
  names: string[],
): Promise<Map<string, TargetStream>> {
  const there = await targetStreams(manager, names);
  const absent = names.filter((name) => !there.has(name));
  if (absent.length === 0) return there;
  for (const name of absent) await copyStream(manager, source, name);
  return targetStreams(manager, names);
}

async function copyStream(manager: EntityManager, source: Readable, name: string): Promise<void> {
  const { settings, fields } = await source.read(async (reader) => {
    const [stream] = await reader.query<(StreamSettings & { id: number })[]>(
      `SELECT id, name, ttl_seconds AS ttlSeconds, size_mb AS sizeMb, indexed_fields AS indexedFields
       FROM stream WHERE name = ?`,
      [name],
    );
    const indexes = await reader.query<{ field: string }[]>(
      'SELECT field FROM stream_index WHERE stream_id = ? AND field IS NOT NULL',
      [stream?.id],
    );
    return { settings: stream, fields: indexes.map(({ field }) => JSON.parse(field) as string) };
  });
  if (!settings) return;
  await manager.query('INSERT INTO stream (name, ttl_seconds, size_mb, indexed_fields) VALUES (?, ?, ?, ?)', [
    settings.name,
    settings.ttlSeconds,
    settings.sizeMb,
    settings.indexedFields,
  ]);
  const made = (await targetStreams(manager, [name])).get(name)!;
  await reconcileIndexes(manager, made.id, fields);
}

/**
 * The rows as the target stores them, behind its newest entry.
 * @param ids `kept`: an id stays where it is free, so that ids of events and cursors go on to mean the same.
 */
export async function rowsFor(
  manager: EntityManager,
  rows: SourceRow[],
  streams: Map<string, TargetStream>,
  ids: 'kept' | 'new',
): Promise<EntryRow[]> {
  let lastId = await newestEntryId(manager);
  // A stream that is in neither database any more was purged in the source a moment ago.
  const wanted = rows.filter(({ stream }) => streams.has(stream));
  return wanted.map(({ id, stream, timestampMs, subNs, fields, expiresMs }) => {
    lastId = ids === 'kept' ? Math.max(lastId + 1, id) : lastId + 1;
    return {
      id: lastId,
      stream: streams.get(stream)!,
      instant: { timestampMs, subNs },
      record: JSON.parse(fields) as EntryRow['record'],
      fields,
      expiresMs,
    };
  });
}
