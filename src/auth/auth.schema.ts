import type { DatabaseSchema } from '../database/database-definition.js';
import { CreateAuth1764000000000 } from './migrations/1764000000000-create-auth.js';

/** What the auth database holds, for `ormconfig.ts`. */
export const authSchema: DatabaseSchema = {
  entities: [],
  migrations: [CreateAuth1764000000000],
  rowCounts: {},
  readers: 2,
};
