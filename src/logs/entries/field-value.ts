/** As many bytes of a value are in an index: enough to find few entries, which are then looked at themselves. */
const INDEXED_BYTES = 64;

/**
 * SQL for the value that a field has in an entry, null where it has none. `fields` is the JSON of the entry, `field` the
 * name as a JSON string. SQLite compares names up to their first NUL only, so entries that have a NUL anywhere (JSON
 * can only write it as `\u0000`) are taken apart instead.
 */
function fieldValue(fields: string, field: string): string {
  return `iif(${fields} GLOB '*\\u0000*', (SELECT value FROM json_each(${fields}) WHERE key = ${field} ->> '$'),
    ${fields} ->> ('$.' || ${field}))`;
}

/** SQL for what an index holds of a value that is there. Of no bytes `substr` makes null. */
export function indexedPart(value: string): string {
  return `coalesce(substr(CAST(${value} AS BLOB), 1, ${INDEXED_BYTES}), x'')`;
}

/** The value that `entry` has for `stream_index`, in a statement that joins the two. */
export const VALUE = fieldValue('entry.fields', 'stream_index.field');

/**
 * SQL that is true where `stream_index` must hold `entry` by now, in a statement that joins the two: always, but for what
 * one that is being built has still before it. An id up to `until_id` may be given a second time, after the newest
 * entries were removed.
 */
export const HELD_BY_INDEX = `(until_id IS NULL OR entry.id > until_id
  OR (entry.timestamp_ms, entry.id) <= (built_ms, built_id))`;
