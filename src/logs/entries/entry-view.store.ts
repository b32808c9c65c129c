import type { EntityManager } from 'typeorm';
import type { HeldGeneration } from '../../database/database.js';
import { isBehind, type Position } from './stored-entry.js';

/**
 * A stream as it is at one instant: what is stored later is not part of it, what is over its size or has expired by then
 * is not either, removed or not.
 */
export interface EntryView {
  stream: string;
  streamId: number;
  newestId: number;
  /** Whatever lies here or below is hidden. */
  floorMs: number;
  floorId: number;
  /** Unix milliseconds. */
  nowMs: number;
}

/** @returns undefined for an absent stream. */
export function openView(held: Pick<HeldGeneration, 'read'>, stream: string): Promise<EntryView | undefined> {
  return held.read((manager) => viewOf(manager, stream));
}

/** The same as part of a longer read. */
export async function viewOf(manager: EntityManager, stream: string): Promise<EntryView | undefined> {
  const [view] = await manager.query<Omit<EntryView, 'nowMs'>[]>(
    `SELECT name AS stream, id AS streamId, (SELECT coalesce(max(id), 0) FROM entry) AS newestId,
       coalesce(floor_ms, -1) AS floorMs, coalesce(floor_id, 0) AS floorId
     FROM stream WHERE name = ?`,
    [stream],
  );
  return view && { ...view, nowMs: Date.now() };
}

/** SQL that is true for the entries of a view; its parameters are `visibleParameters`. */
export const VISIBLE = `stream_id = ? AND id <= ? AND (expires_ms IS NULL OR expires_ms > ?)
  AND timestamp_ms >= ? AND (timestamp_ms > ? OR id > ?)`;

export function visibleParameters({ streamId, newestId, nowMs, floorMs, floorId }: EntryView): unknown[] {
  return [streamId, newestId, nowMs, floorMs, floorMs, floorId];
}

/**
 * What of a view is behind a place. The place is not one more condition: with two of them SQLite may take the other one,
 * which is the oldest time of the stream, for the place where it begins to look.
 */
export function viewBehind(view: EntryView, place: Position): EntryView {
  const floor = { timestampMs: view.floorMs, id: view.floorId };
  return isBehind(floor, place) ? view : { ...view, floorMs: place.timestampMs, floorId: place.id };
}

/** The id of a purged stream may be given to another one: the name says whether it is the same. */
export async function isStillThere(
  manager: EntityManager,
  { stream, streamId }: EntryView,
): Promise<boolean> {
  const rows = await manager.query<unknown[]>('SELECT 1 FROM stream WHERE id = ? AND name = ?', [
    streamId,
    stream,
  ]);
  return rows.length > 0;
}
