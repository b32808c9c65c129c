import { hash } from 'node:crypto';
import type { HeldGeneration } from '../../database/database.js';
import type { EntryView } from '../entries/entry-view.store.js';
import type { Position, StoredEntry } from '../entries/stored-entry.js';
import { STORED_ENTRY } from '../entries/stored-entry.js';
import { withinBytes } from '../entries/within-bytes.js';

/** Entries whose places are looked at together. */
export const PAGE_KEYS = 5000;
/** Bytes of fields that are read together. */
export const PAGE_BYTES = 4 * 1024 * 1024;

/** What can be read from: a generation that is held, a staged one, or a transaction. */
export type Readable = Pick<HeldGeneration, 'read'>;

/** A stream in one of the two databases that are compared. */
export interface StreamSide {
  generation: Readable;
  view: EntryView;
}

/** Where an entry is, before its fields are read. */
export interface EntryKey extends Position {
  /** Of its fields. */
  bytes: number;
}

/** What makes two entries of a stream the same one, in whatever database they lie and under whatever ids. */
export interface Identified extends EntryKey {
  identity: string;
}

/** What a piece of the source has that the target has not. */
export interface Difference {
  /** Entries of the source that were looked at and found in the target. */
  there: number;
  missing: EntryKey[];
  /** In the target, one of those that were found. */
  twin?: Position;
}

/** Everything that lies in a stream, hidden and expired or not. */
export function wholeStream(generation: Readable, stream: string, streamId: number): StreamSide {
  const view = { stream, streamId, newestId: Number.MAX_SAFE_INTEGER, floorMs: -1, floorId: 0, nowMs: -1 };
  return { generation, view };
}

/** The next `PAGE_KEYS` entries from a millisecond on, oldest first. */
export function keysFrom({ generation, view }: StreamSide, fromMs: number): Promise<EntryKey[]> {
  // One lower bound for the time: of two SQLite would seek by the first, which may lie far below.
  return generation.read((manager) =>
    manager.query<EntryKey[]>(
      `SELECT id, timestamp_ms AS timestampMs, octet_length(fields) AS bytes FROM entry
       WHERE stream_id = ? AND timestamp_ms >= ? AND id <= ? AND (expires_ms IS NULL OR expires_ms > ?)
         AND (timestamp_ms > ? OR id > ?)
       ORDER BY timestamp_ms, id LIMIT ${PAGE_KEYS}`,
      [view.streamId, Math.max(fromMs, view.floorMs), view.newestId, view.nowMs, view.floorMs, view.floorId],
    ),
  );
}

/** Pages of the entries of one millisecond. */
export async function* keysOfMillisecond(
  { generation, view }: StreamSide,
  timestampMs: number,
): AsyncGenerator<EntryKey[]> {
  const firstId = timestampMs > view.floorMs ? 1 : view.floorId + 1;
  for (let lastId = firstId - 1; ;) {
    const keys = await generation.read((manager) =>
      manager.query<EntryKey[]>(
        `SELECT id, timestamp_ms AS timestampMs, octet_length(fields) AS bytes FROM entry
         WHERE stream_id = ? AND timestamp_ms = ? AND id > ? AND id <= ?
           AND (expires_ms IS NULL OR expires_ms > ?)
         ORDER BY id LIMIT ${PAGE_KEYS}`,
        [view.streamId, timestampMs, lastId, view.newestId, view.nowMs],
      ),
    );
    if (keys.length > 0) yield keys;
    if (keys.length < PAGE_KEYS) return;
    lastId = keys.at(-1)!.id;
  }
}

/** Reads the fields of entries, as many at a time as fit the memory of a page. Those that are gone are left out. */
export async function* identified(
  { generation, view }: StreamSide,
  keys: EntryKey[],
): AsyncGenerator<Identified[]> {
  for (let done = 0; done < keys.length;) {
    const chunk = withinBytes(keys.slice(done), PAGE_BYTES);
    const rows = await generation.read((manager) =>
      manager.query<StoredEntry[]>(
        `SELECT ${STORED_ENTRY} FROM entry WHERE id IN (SELECT value FROM json_each(?)) AND stream_id = ?
         ORDER BY id`,
        [JSON.stringify(chunk.map(({ id }) => id)), view.streamId],
      ),
    );
    const bytesOf = new Map(chunk.map(({ id, bytes }) => [id, bytes]));
    yield rows.map((row) => ({
      id: row.id,
      timestampMs: row.timestampMs,
      bytes: bytesOf.get(row.id)!,
      identity: identityOf(row),
    }));
    done += chunk.length;
  }
}

function identityOf({ timestampMs, subNs, fields }: StoredEntry): string {
  return `${timestampMs}.${subNs}.${hash('sha256', fields, 'base64')}`;
}
