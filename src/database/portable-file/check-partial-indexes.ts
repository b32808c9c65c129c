import type { SqliteConnection } from '../sqlite/sqlite-connection.js';
import { FileRefusal } from './file-refusal.js';

/**
 * `integrity_check` looks each row up in its indexes, but never counts what is in a partial one: entries of rows that are
 * not there, or a page that is none of an index, pass it. The schema is known to be ours by now, and so the conditions.
 * @throws FileRefusal with the check `structure`; SQLite's own error for a page of the wrong kind.
 */
export async function checkPartialIndexes(connection: SqliteConnection): Promise<void> {
  const indexes = await connection.all<{ name: string; tbl_name: string; sql: string }>(
    `SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL`,
  );
  for (const { name, tbl_name: table, sql } of indexes) {
    const condition = /\sWHERE\s(.+)$/is.exec(sql)?.[1];
    if (condition === undefined) continue;
    const [row] = await connection.all<{ differs: number }>(
      `SELECT (SELECT count(*) FROM "${table}" INDEXED BY "${name}" WHERE ${condition}) <>
              (SELECT count(*) FROM "${table}" NOT INDEXED WHERE ${condition}) AS differs`,
    );
    if (row?.differs)
      throw new FileRefusal('structure', `the file is damaged: wrong # of entries in index ${name}`);
  }
}
