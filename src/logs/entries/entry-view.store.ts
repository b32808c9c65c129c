import type { EntityManager } from 'typeorm';
import type { HeldGeneration } from '../../database/database.js';

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
export async function openView(
  held: Pick<HeldGeneration, 'read'>,
  stream: string,
): Promise<EntryView | undefined> {
  const [view] = await held.read((manager) =>
    manager.query<Omit<EntryView, 'nowMs'>[]>(
      `SELECT name AS stream, id AS streamId, (SELECT coalesce(max(id), 0) FROM entry) AS newestId,
         coalesce(floor_ms, -1) AS floorMs, coalesce(floor_id, 0) AS floorId
       FROM stream WHERE name = ?`,
      [stream],
    ),
  );
  return view && { ...view, nowMs: Date.now() };
}

/** SQL that is true for the entries of a view; its parameters are `visibleParameters`. */
export const VISIBLE = `stream_id = ? AND id <= ? AND (expires_ms IS NULL OR expires_ms > ?)
  AND timestamp_ms >= ? AND (timestamp_ms > ? OR id > ?)`;

export function visibleParameters({ streamId, newestId, nowMs, floorMs, floorId }: EntryView): unknown[] {
  return [streamId, newestId, nowMs, floorMs, floorMs, floorId];
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
