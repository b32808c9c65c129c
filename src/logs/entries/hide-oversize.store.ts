import { ENTRY_BYTES, ENTRY_OVERHEAD_BYTES } from './entry-size.js';

export const MEBIBYTE = 1024 * 1024;

/** SQL about `stream` for the bytes above its size; 0 where it has no limit. */
export const EXCESS_BYTES = `iif(size_mb > 0, entry_bytes - hidden_bytes - size_mb * ${MEBIBYTE}, 0)`;

/**
 * SQL, one statement, that hides the oldest entries of a stream that do not fit its size: whatever lies at its floor or
 * below is gone for everybody at once, and removed later. It does nothing where all of them fit.
 * @param most entries to look at: where they are not enough, more of the stream has to be hidden by another statement.
 */
export function hideOversize(streamId: number, most: number): string {
  // Each counts for so much at least. Mostly the look ends long before: the window needs no row behind the one it is at.
  const enough = `excess / ${ENTRY_OVERHEAD_BYTES} + 1`;
  return `
    WITH holder AS (SELECT *, iif(excess > 0, min(${most}, ${enough}), 0) AS looked
      FROM (SELECT coalesce(floor_ms, -1) AS floor_ms, coalesce(floor_id, 0) AS floor_id, ${EXCESS_BYTES} AS excess
        FROM stream WHERE id = ${streamId})),
    oldest AS (SELECT id, timestamp_ms, ${ENTRY_BYTES} AS bytes, excess, looked
      FROM holder CROSS JOIN entry ON stream_id = ${streamId} AND timestamp_ms >= floor_ms
        AND (timestamp_ms > floor_ms OR id > floor_id)
      ORDER BY timestamp_ms, id LIMIT coalesce((SELECT looked FROM holder), 0)),
    summed AS (SELECT *, sum(bytes) OVER oldest_first AS through, row_number() OVER oldest_first AS nth
      FROM oldest WINDOW oldest_first AS (ORDER BY timestamp_ms, id ROWS UNBOUNDED PRECEDING))
    UPDATE stream SET floor_ms = going.timestamp_ms, floor_id = going.id, hidden_bytes = hidden_bytes + going.through
    FROM (SELECT * FROM summed WHERE through >= excess OR nth = looked LIMIT 1) AS going
    WHERE stream.id = ${streamId}`;
}
