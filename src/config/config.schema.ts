import type { DatabaseSchema } from '../database/database-definition.js';
import { CreateConfig1764000000000 } from './migrations/1764000000000-create-config.js';

/** What the config database holds, for `ormconfig.ts`. */
export const configSchema: DatabaseSchema = {
  entities: [],
  migrations: [CreateConfig1764000000000],
  rowCounts: {},
  readers: 2,
};
