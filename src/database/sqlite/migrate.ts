import type { DataSource } from 'typeorm';
import type { DatabaseDefinition } from '../database-definition.js';
import { applicationIdOf } from '../database-definition.js';

/** Number of migrations a file has seen; 0 for a new one. */
export async function schemaVersionOf(source: DataSource): Promise<number> {
  const [row] = await source.query<{ user_version: number }[]>('PRAGMA user_version');
  return row!.user_version;
}

/** Brings a file to the newest version, each step in a transaction of its own, and names its kind and version. */
export async function migrate(source: DataSource, definition: DatabaseDefinition): Promise<void> {
  await source.runMigrations({ transaction: 'each' });
  if ((await schemaVersionOf(source)) === definition.migrations.length) return;
  await source.query(`PRAGMA application_id = ${applicationIdOf(definition.name)}`);
  await source.query(`PRAGMA user_version = ${definition.migrations.length}`);
}
