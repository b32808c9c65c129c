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

/**
 * SQL that removes entries with their places in indexes, and takes them off the sums of their streams: as many of them as
 * one transaction should.
 * @param still SQL about `entry` that says whether it is to go. They were found before this transaction, and their ids
 * may be those of other entries by now. A column in it needs a `+`, or it is taken for an index to go by.
 */
export function removalScript(doomed: Doomed[], still: string): string {
  const ids = withinBytes(doomed, CHUNK_BYTES).map(({ id }) => id);
  const going = `json_each('${JSON.stringify(ids)}') AS doomed JOIN entry ON entry.id = doomed.value AND (${still})`;
  return `
    DELETE FROM indexed_value WHERE (index_id, value, timestamp_ms, entry_id) IN (
      SELECT stream_index.id, ${indexedPart(VALUE)}, entry.timestamp_ms, entry.id
      FROM ${going} JOIN stream_index ON stream_index.stream_id = entry.stream_id
      WHERE stream_index.field IS NOT NULL
        AND ${VALUE} IS NOT NULL);
    UPDATE stream SET entry_count = entry_count - gone.entries, entry_bytes = entry_bytes - gone.bytes,
      hidden_bytes = hidden_bytes - gone.hidden
    FROM (SELECT entry.stream_id AS id, count(*) AS entries, sum(${ENTRY_BYTES}) AS bytes,
            sum(iif((entry.timestamp_ms, entry.id) <= (holder.floor_ms, holder.floor_id), ${ENTRY_BYTES}, 0)) AS hidden
          FROM ${going} JOIN stream AS holder ON holder.id = entry.stream_id
          GROUP BY entry.stream_id) AS gone
    WHERE stream.id = gone.id;
    DELETE FROM entry WHERE id IN (SELECT entry.id FROM ${going})`;
}
