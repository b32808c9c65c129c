import { parameter, sql, trusted, type SqlText } from './sql-text.js';

/** Where the value of a field is looked up; NULL when the field is absent. */
export type FieldLookup = (field: string) => SqlText;

/**
 * The value of a field, as text, or NULL when it is absent.
 * @param column a text column that holds the record as a JSON object of strings, in whatever spelling of JSON. With its
 * table: `entry.fields`. A bare name could be taken for a column of json_each.
 */
export function fieldSql(column: string, field: string): SqlText {
  return byCaseOfNul(column, (lookup) => lookup(field));
}

/**
 * SQL that looks up fields, each the way that suits the record. By a path, SQLite takes names to end at their first NUL:
 * `$."a"` finds the name `a\0b`, and `$."\u0000"` the empty one. `json_each` reads names as they are, but goes over the
 * whole record for each of them. So a path serves every record without the escape of a NUL, the only form in which JSON
 * can hold one. GLOB looks for it in half the time of instr(); to it a backslash is a character like any other.
 */
export function byCaseOfNul(column: string, build: (lookup: FieldLookup) => SqlText): SqlText {
  const record = trusted(column);
  const byPath: FieldLookup = (field) =>
    field.includes('\0') ? trusted('NULL') : sql`(${record} ->> ${parameter(`$.${JSON.stringify(field)}`)})`;
  const byName: FieldLookup = (field) =>
    sql`(SELECT value FROM json_each(${record}) WHERE key = ${parameter(field)})`;
  return sql`iif(${record} GLOB '*\\u0000*', ${build(byName)}, ${build(byPath)})`;
}
