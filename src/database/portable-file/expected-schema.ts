import type { DatabaseDefinition } from '../database-definition.js';
import {
  type ExpectedSchema,
  type MigrationRow,
  type SchemaObject,
  SELECT_MIGRATIONS,
  SELECT_SCHEMA,
} from './schema-listing.js';
import { openInMemory } from '../sqlite/sqlite-data-source.js';

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
