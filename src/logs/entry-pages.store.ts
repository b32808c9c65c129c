import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { HeldGeneration } from '../database/database.js';
import type { Position } from './cursor.js';
import type { Instant } from './instant.js';
import { LogsDatabase } from './logs.database.js';

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

async function readPage(
  manager: EntityManager,
  { stream, streamId, newestId }: View,
  fromMs: number,
  last: Position,
  limit: number,
): Promise<StoredEntry[]> {
  // The id of a purged stream may be given to another one: the name says that it is still the same.
  const matching = `
    FROM entry WHERE stream_id = ? AND timestamp_ms >= ? AND (timestamp_ms, id) < (?, ?) AND id <= ?
      AND EXISTS (SELECT 1 FROM stream WHERE stream.id = entry.stream_id AND stream.name = ?)
    ORDER BY timestamp_ms DESC, id DESC LIMIT ?`;
  const parameters = [streamId, fromMs, last.timestampMs, last.id, newestId, stream];
  const sizes = await manager.query<{ bytes: number }[]>(`SELECT octet_length(fields) AS bytes ${matching}`, [
    ...parameters,
    Math.min(limit, PAGE_ROWS),
  ]);
  return manager.query<StoredEntry[]>(
    `SELECT id, timestamp_ms AS timestampMs, sub_ns AS subNs, fields ${matching}`,
    [...parameters, rowsThatFit(sizes)],
  );
}

/** At least one, however large it is. */
function rowsThatFit(sizes: { bytes: number }[]): number {
  let bytes = 0;
  const end = sizes.findIndex((row, index) => (bytes += row.bytes) > PAGE_BYTES && index > 0);
  return end === -1 ? sizes.length : end;
}
