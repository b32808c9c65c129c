import { DataSource } from 'typeorm';
import { authSchema } from './src/auth/auth.schema.js';
import { backupSchema } from './src/backup/backup.schema.js';
import { configSchema } from './src/config/config.schema.js';
import type { DatabaseDefinition } from './src/database/database-definition.js';
import { quietDriver } from './src/database/sqlite/sqlite-data-source.js';
import type { DatabaseName } from './src/database/database.js';
import { logsSchema } from './src/logs/logs.schema.js';
import { type Settings } from './src/settings.js';

/** The one place where settings become databases: which there are, where they lie, what is in them, on which engine. */
export function databaseDefinitions(
  settings: Pick<Settings, 'databaseDirs' | 'logDurability'>,
): Record<DatabaseName, DatabaseDefinition> {
  const { auth, config, logs, backup } = settings.databaseDirs;
  return {
    auth: { ...authSchema, name: 'auth', directory: auth, durability: 'full' },
    config: { ...configSchema, name: 'config', directory: config, durability: 'full' },
    logs: { ...logsSchema, name: 'logs', directory: logs, durability: settings.logDurability },
    backup: { ...backupSchema, name: 'backup', directory: backup, durability: 'full' },
  };
}

const schemas = { auth: authSchema, config: configSchema, logs: logsSchema, backup: backupSchema };

/**
 * What TypeORM's own command loads (`npm run typeorm -- migration:show`): a copy of one database, named by
 * `TYPEORM_DATABASE` and `TYPEORM_FILE`. Never the live file of a running server.
 */
export default new DataSource({
  type: 'sqlite',
  driver: quietDriver,
  database: process.env.TYPEORM_FILE ?? ':memory:',
  entities: schemas[(process.env.TYPEORM_DATABASE as DatabaseName) ?? 'logs'].entities,
  migrations: schemas[(process.env.TYPEORM_DATABASE as DatabaseName) ?? 'logs'].migrations,
});
