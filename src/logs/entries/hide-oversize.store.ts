import { ENTRY_BYTES, ENTRY_OVERHEAD_BYTES } from './entry-size.js';

export const MEBIBYTE = 1024 * 1024;

/** SQL about `stream` for the bytes above its size; null where it has no limit. */
export const EXCESS_BYTES = `iif(size_mb > 0, entry_bytes - hidden_bytes - size_mb * ${MEBIBYTE}, NULL)`;

/**
 * SQL, one statement, that hides the oldest entries of a stream that do not fit its size: whatever lies at its floor or
 * below is gone for everybody at once, and removed later. It does nothing where all of them fit.
 * @param most entries to look at: where they are not enough, more of the stream has to be hidden by another statement.
 */
export function hideOversize(streamId: number, most: number): string {
  // Each counts for so much at least: for what a single request brings, a look at a few of them is enough.
  const enough = `excess / ${ENTRY_OVERHEAD_BYTES} + 1`;
  // With one max() in it, SQLite takes the other columns from the row that has it: the last one that is to go.
  return `
    WITH holder AS (SELECT id, coalesce(floor_ms, -1) AS floor_ms, coalesce(floor_id, 0) AS floor_id,
        max(coalesce(${EXCESS_BYTES}, 0), 0) AS excess
      FROM stream WHERE id = ${streamId}),
    oldest AS (SELECT entry.id, timestamp_ms, ${ENTRY_BYTES} AS bytes, excess
      FROM holder CROSS JOIN entry ON stream_id = ${streamId} AND timestamp_ms >= floor_ms
        AND (timestamp_ms > floor_ms OR entry.id > floor_id)
      ORDER BY timestamp_ms, entry.id
      LIMIT (SELECT iif(excess > 0, min(${most}, ${enough}), 0) FROM holder)),
    summed AS (SELECT *, sum(bytes) OVER (ORDER BY timestamp_ms, id) AS through FROM oldest)
    UPDATE stream SET floor_ms = going.timestamp_ms, floor_id = going.id, hidden_bytes = hidden_bytes + going.through
    FROM (SELECT id, timestamp_ms, max(through) AS through FROM summed WHERE through - bytes < excess) AS going
    WHERE stream.id = ${streamId} AND going.id IS NOT NULL`;
}
