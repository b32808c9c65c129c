import type { DatabaseDefinition } from '../database-definition.js';
import { openInMemory } from '../sqlite/sqlite-data-source.js';

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

/** Plain SQL, shared with the process that checks foreign files. */
export const SELECT_SCHEMA = 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name';
export const SELECT_MIGRATIONS = 'SELECT timestamp, name FROM migrations ORDER BY id';

/** The schema of each version, made by running the migrations: index 0 is version 1. */
export async function expectedSchemas(definition: DatabaseDefinition): Promise<ExpectedSchema[]> {
  const schemas: ExpectedSchema[] = [];
  for (let version = 1; version <= definition.migrations.length; version++) {
    const source = await openInMemory({ ...definition, migrations: definition.migrations.slice(0, version) });
    await source.runMigrations({ transaction: 'each' });
    schemas.push({
      objects: await source.query<SchemaObject[]>(SELECT_SCHEMA),
      migrations: await source.query<MigrationRow[]>(SELECT_MIGRATIONS),
    });
    await source.destroy();
  }
  return schemas;
}
