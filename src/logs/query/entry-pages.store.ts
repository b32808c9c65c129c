import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { HeldGeneration } from '../../database/database.js';
import type { Position } from './cursor.js';
import type { Instant } from '../instant.js';
import { LogsDatabase } from '../logs.database.js';

/** What is read at once: the memory that an answer needs, however long it is. */
const PAGE_ROWS = 1000;
const PAGE_BYTES = 1024 * 1024;

/** An entry as it is stored; `fields` is JSON. */
export interface StoredEntry extends Position, Instant {
  fields: string;
}

/** A stream as it is at one instant: what is stored later is not part of it. */
interface View {
  stream: string;
  streamId: number;
  newestId: number;
}

/** Reads the entries of a stream page by page, newest first. */
@Injectable()
export class EntryPagesStore {
  constructor(private readonly database: LogsDatabase) {}

  /**
   * Entries of `[fromMs, toMs)` behind `after`, at most `limit`; none for an absent stream. All pages come from one
   * generation, also if a restore replaces it meanwhile; if the stream is purged meanwhile, no more pages come.
   */
  async *pages(
    stream: string,
    {
      fromMs,
      toMs,
      after,
      limit = Infinity,
    }: { fromMs: number; toMs: number; after?: Position; limit?: number },
  ): AsyncGenerator<StoredEntry[]> {
    const held = await this.database.hold();
    try {
      const view = await openView(held, stream);
      if (!view) return;
      // Ids begin at 1, so that nothing of the millisecond `toMs` itself is behind this place.
      let last: Position = { timestampMs: toMs, id: 0 };
      if (after && after.timestampMs < toMs) last = after;
      if (last.timestampMs < fromMs) return;
      let left = limit;
      while (left > 0) {
        const from = last;
        const page = await held.read((manager) => readPage(manager, view, fromMs, from, left));
        if (page.length === 0) return;
        yield page;
        last = page.at(-1)!;
        left -= page.length;
      }
    } finally {
      held.release();
    }
  }
}

async function openView(held: HeldGeneration, stream: string): Promise<View | undefined> {
  const [view] = await held.read((manager) =>
    manager.query<View[]>(
      `SELECT name AS stream, id AS streamId, (SELECT coalesce(max(id), 0) FROM entry) AS newestId
       FROM stream WHERE name = ?`,
      [stream],
    ),
  );
  return view;
}

/** Which entries come next is read off the index first, then as many of them as fit the memory of a page. */
async function readPage(
  manager: EntityManager,
  view: View,
  fromMs: number,
  last: Position,
  limit: number,
): Promise<StoredEntry[]> {
  if (!(await isStillThere(manager, view))) return [];
  const keys = await nextKeys(manager, view, fromMs, last, Math.min(limit, PAGE_ROWS));
  return manager.query<StoredEntry[]>(
    `SELECT id, timestamp_ms AS timestampMs, sub_ns AS subNs, fields FROM entry
     WHERE id IN (SELECT value FROM json_each(?)) ORDER BY timestamp_ms DESC, id DESC`,
    [JSON.stringify(keysThatFit(keys))],
  );
}

/** The id of a purged stream may be given to another one: the name says whether it is the same. */
async function isStillThere(manager: EntityManager, { stream, streamId }: View): Promise<boolean> {
  const rows = await manager.query<unknown[]>('SELECT 1 FROM stream WHERE id = ? AND name = ?', [
    streamId,
    stream,
  ]);
  return rows.length > 0;
}

interface Key {
  id: number;
  bytes: number;
}

/**
 * First the rest of the millisecond, then what is older. In one condition, `(timestamp_ms, id) < (?, ?)`, SQLite would
 * not use the index for `id` and look at the whole millisecond again for each page.
 */
async function nextKeys(
  manager: EntityManager,
  { streamId, newestId }: View,
  fromMs: number,
  last: Position,
  count: number,
): Promise<Key[]> {
  const columns = 'SELECT id, octet_length(fields) AS bytes FROM entry WHERE stream_id = ?';
  const keys = await manager.query<Key[]>(
    `${columns} AND timestamp_ms = ? AND id < min(?, ?) ORDER BY id DESC LIMIT ?`,
    [streamId, last.timestampMs, last.id, newestId + 1, count],
  );
  if (keys.length === count) return keys;
  const older = await manager.query<Key[]>(
    `${columns} AND timestamp_ms >= ? AND timestamp_ms < ? AND id <= ?
     ORDER BY timestamp_ms DESC, id DESC LIMIT ?`,
    [streamId, fromMs, last.timestampMs, newestId, count - keys.length],
  );
  return [...keys, ...older];
}

/** Their ids; at least one, however large it is. */
function keysThatFit(keys: Key[]): number[] {
  let bytes = 0;
  const end = keys.findIndex((key, index) => (bytes += key.bytes) > PAGE_BYTES && index > 0);
  return keys.slice(0, end === -1 ? undefined : end).map(({ id }) => id);
}
