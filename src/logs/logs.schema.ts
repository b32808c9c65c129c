import type { DatabaseSchema } from '../database/database-definition.js';
import { CreateLogs1764000000000 } from './migrations/1764000000000-create-logs.js';

/** What the logs database holds, for `ormconfig.ts`. */
export const logsSchema: DatabaseSchema = {
  entities: [],
  migrations: [CreateLogs1764000000000],
  rowCounts: {},
  readers: 2,
};
