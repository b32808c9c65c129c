import type { RestorableName } from '#src/database/database.js';

/** A table of each database whose first row an edit may change, and its primary key's definition. */
const TABLES: Record<RestorableName, string> = { auth: 'roles', config: 'transformers', logs: 'stream' };

/** `equal`: nothing that counts was changed, so it must be accepted. `refused`: it must not. */
type Verdict = 'equal' | 'refused' | 'either';
export type Edit = [what: string, verdict: Verdict, statements: string[]];

/** What somebody could do to a backup with `sqlite3`: statements, and what has to become of it. */
export function evilEdits(database: RestorableName): Edit[] {
  const table = TABLES[database];
  const first = `rowid = (SELECT min(rowid) FROM ${table})`;
  const inSchema = (change: string) => ['PRAGMA writable_schema = ON', change];
  const root = (value: string) =>
    inSchema(`UPDATE sqlite_schema SET rootpage = ${value} WHERE name = '${table}' AND type = 'table'`);
  return [
    [
      'a view that never ends in place of the manifest',
      'refused',
      [
        'DROP TABLE manifest',
        `CREATE VIEW manifest AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
         SELECT i AS id, '${database}' AS database, 1 AS schema_version, i AS instant, i AS server_version,
           i AS engine, i AS row_counts FROM n`,
      ],
    ],
    [
      'a view that never ends in place of the list of migrations',
      'refused',
      [
        'DROP TABLE migrations',
        `CREATE VIEW migrations AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
         SELECT i AS id, i AS timestamp, i AS name FROM n ORDER BY i DESC`,
      ],
    ],
    ['statistics', 'refused', ['ANALYZE']],
    [
      'a table without rowids under the text of one with them',
      'refused',
      [
        'CREATE TABLE evil (name TEXT PRIMARY KEY) WITHOUT ROWID',
        `INSERT INTO evil SELECT name FROM ${table} WHERE name IS NOT NULL`,
        ...root("(SELECT rootpage FROM sqlite_schema WHERE name = 'evil')"),
        "DELETE FROM sqlite_schema WHERE name = 'evil'",
      ],
    ],
    [
      'two tables with one root page',
      'refused',
      root("(SELECT rootpage FROM sqlite_schema WHERE name = 'manifest')"),
    ],
    ['a table in the page of the schema', 'refused', root('1')],
    ['a table without a page', 'refused', root('0')],
    ['a table in a page that is not there', 'refused', root('2000000000')],
    ['another type', 'refused', inSchema(`UPDATE sqlite_schema SET type = 'view' WHERE name = '${table}'`)],
    [
      'a bomb of a value',
      'refused',
      [
        `PRAGMA foreign_keys = OFF; UPDATE ${table} SET name = CAST(zeroblob(8000000) AS TEXT) WHERE ${first}`,
      ],
    ],
    [
      'a name that is not UTF-8',
      'refused',
      [`UPDATE ${table} SET name = CAST(x'ff41' AS TEXT) WHERE ${first}`],
    ],
    [
      'a sequence of nothing',
      'either',
      [`INSERT INTO sqlite_sequence VALUES ('nothing', 9223372036854775807)`],
    ],
    ['a sequence of text', 'either', [`INSERT INTO sqlite_sequence VALUES ('${table}', 'many')`]],
    ['no sequence', 'either', ['DELETE FROM sqlite_sequence']],
    ['small pages', 'equal', ['PRAGMA page_size = 512', 'VACUUM']],
    ['large pages', 'equal', ['PRAGMA page_size = 65536', 'VACUUM']],
    ['pages in another order', 'equal', ['PRAGMA auto_vacuum = FULL', 'VACUUM']],
    ['the journal mode of a live file', 'equal', ['PRAGMA journal_mode = WAL']],
    [
      'a thousand free pages',
      'equal',
      ['CREATE TABLE evil AS SELECT zeroblob(4000000) AS x', 'DROP TABLE evil'],
    ],
  ];
}
