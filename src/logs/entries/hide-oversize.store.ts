import type { EntityManager } from 'typeorm';
import { ENTRY_BYTES, ENTRY_OVERHEAD_BYTES } from './entry-size.js';

export const MEBIBYTE = 1024 * 1024;

/** Entries that are looked at in one transaction, unless told otherwise. */
const STEP_ENTRIES = 10_000;

interface Limited {
  floorMs: number;
  floorId: number;
  /** Bytes above what the size of the stream allows. */
  excess: number;
}

/**
 * Hides the oldest entries of a stream that do not fit its size any more: whatever lies at its floor or below is gone
 * for everybody at once, and removed later. To be called in the transaction that makes a stream larger.
 * @param most entries to look at. @returns true when one step was not enough.
 */
export async function hideOversize(
  manager: EntityManager,
  streamId: number,
  most = STEP_ENTRIES,
): Promise<boolean> {
  const [stream] = await manager.query<Limited[]>(
    `SELECT coalesce(floor_ms, -1) AS floorMs, coalesce(floor_id, 0) AS floorId,
       entry_bytes - hidden_bytes - size_mb * ${MEBIBYTE} AS excess
     FROM stream WHERE id = ? AND size_mb > 0`,
    [streamId],
  );
  if (!stream || stream.excess <= 0) return false;
  // Each counts for so much at least: for what a single request brings, a look at a few of them is enough.
  const enough = Math.ceil(stream.excess / ENTRY_OVERHEAD_BYTES);
  const oldest = await manager.query<{ id: number; timestampMs: number; bytes: number }[]>(
    `SELECT id, timestamp_ms AS timestampMs, ${ENTRY_BYTES} AS bytes FROM entry
     WHERE stream_id = ?1 AND timestamp_ms >= ?2 AND (timestamp_ms > ?2 OR id > ?3)
     ORDER BY timestamp_ms, id LIMIT ?4`,
    [streamId, stream.floorMs, stream.floorId, Math.min(most, enough)],
  );
  let hidden = 0;
  const last = oldest.find(({ bytes }) => (hidden += bytes) >= stream.excess) ?? oldest.at(-1);
  if (!last) return false;
  await manager.query(
    'UPDATE stream SET floor_ms = ?, floor_id = ?, hidden_bytes = hidden_bytes + ? WHERE id = ?',
    [last.timestampMs, last.id, hidden, streamId],
  );
  return hidden < stream.excess;
}
