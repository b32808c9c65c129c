export interface SchemaObject {
  type: string;
  name: string;
  tbl_name: string;
  /** null for the indexes that SQLite makes by itself. */
  sql: string | null;
}

export interface MigrationRow {
  id: number;
  /** The highest id that was ever given. */
  highest: number;
  timestamp: number;
  name: string;
}

/** What the `sqlite_schema` table of a sound file of one version holds, and nothing more. */
export interface ExpectedSchema {
  objects: SchemaObject[];
  migrations: MigrationRow[];
}

/** Plain SQL, and this file without TypeORM, because the process that checks foreign files starts for each of them. */
export const SELECT_SCHEMA = 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name';
/** With the ids: behind the highest number there is, the next release could not write down its migration any more. */
export const SELECT_MIGRATIONS = `SELECT id, timestamp, migrations.name, seq AS highest
  FROM migrations LEFT JOIN sqlite_sequence ON sqlite_sequence.name = 'migrations' ORDER BY id`;
