export interface SchemaObject {
  type: string;
  name: string;
  tbl_name: string;
  /** null for the indexes that SQLite makes by itself. */
  sql: string | null;
}

export interface MigrationRow {
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
export const SELECT_MIGRATIONS = 'SELECT timestamp, name FROM migrations ORDER BY id';
