import type { DatabaseSchema } from '../database/database-definition.js';
import { CreateBackup1764000000000 } from './migrations/1764000000000-create-backup.js';

/** What the backup database holds, for `ormconfig.ts`. */
export const backupSchema: DatabaseSchema = {
  entities: [],
  migrations: [CreateBackup1764000000000],
  rowCounts: {},
  readers: 2,
};
