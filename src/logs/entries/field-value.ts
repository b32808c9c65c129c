/** As many bytes of a value are in an index: enough to find few entries, which are then looked at themselves. */
export const INDEXED_BYTES = 64;

/**
 * SQL for the value that a field has in an entry, null where it has none. `fields` is the JSON of the entry, `field` the
 * name as a JSON string. SQLite compares names up to their first NUL only, so entries that have a NUL anywhere (JSON
 * can only write it as `\u0000`) are taken apart instead.
 */
export function fieldValue(fields: string, field: string): string {
  return `iif(instr(${fields}, '\\u0000') = 0, ${fields} ->> ('$.' || ${field}),
    (SELECT value FROM json_each(${fields}) WHERE key = ${field} ->> '$'))`;
}

/** SQL for what an index holds of that value. */
export function indexedPart(fields: string, field: string): string {
  return `substr(CAST(${fieldValue(fields, field)} AS BLOB), 1, ${INDEXED_BYTES})`;
}
