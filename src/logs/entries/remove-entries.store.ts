import type { EntityManager } from 'typeorm';
import { ENTRY_BYTES } from './entry-size.js';
import { indexedPart, VALUE } from './field-value.js';
import { withinBytes } from './within-bytes.js';

/** Removed in one transaction, whatever their number. */
const CHUNK_BYTES = 8 * 1024 * 1024;

/** An entry that is to go. `bytes` as `octet_length(fields)` counts them. */
export interface Doomed {
  id: number;
  bytes: number;
}

/** The ids of as many of them as one transaction should remove. */
export function chunkOf(doomed: Doomed[]): number[] {
  return withinBytes(doomed, CHUNK_BYTES).map(({ id }) => id);
}

/** Removes entries with their places in indexes, and takes them off the sums of their streams. */
export async function removeEntries(manager: EntityManager, ids: number[]): Promise<void> {
  const list = JSON.stringify(ids);
  await manager.query(
    `DELETE FROM indexed_value WHERE (index_id, value, timestamp_ms, entry_id) IN (
       SELECT stream_index.id, ${indexedPart(VALUE)}, entry.timestamp_ms, entry.id
       FROM json_each(?) AS doomed JOIN entry ON entry.id = doomed.value
         JOIN stream_index ON stream_index.stream_id = entry.stream_id
       WHERE stream_index.field IS NOT NULL
         AND ${VALUE} IS NOT NULL)`,
    [list],
  );
  await manager.query(
    `UPDATE stream SET entry_count = entry_count - gone.entries, entry_bytes = entry_bytes - gone.bytes,
       hidden_bytes = hidden_bytes - gone.hidden
     FROM (SELECT entry.stream_id AS id, count(*) AS entries, sum(${ENTRY_BYTES}) AS bytes,
             sum(iif((entry.timestamp_ms, entry.id) <= (holder.floor_ms, holder.floor_id), ${ENTRY_BYTES}, 0)) AS hidden
           FROM json_each(?) AS doomed JOIN entry ON entry.id = doomed.value
             JOIN stream AS holder ON holder.id = entry.stream_id
           GROUP BY entry.stream_id) AS gone
     WHERE stream.id = gone.id`,
    [list],
  );
  await manager.query('DELETE FROM entry WHERE id IN (SELECT value FROM json_each(?))', [list]);
}
