import { countOf, type DatabaseSchema } from '../database/database-definition.js';
import { CreateBackup1764000000000 } from './migrations/1764000000000-create-backup.js';
import { StoredCopies1764300000000 } from './migrations/1764300000000-stored-copies.js';
import { UndoAndWholeInstance1764200000000 } from './migrations/1764200000000-undo-and-whole-instance.js';
import { Run } from './run.entity.js';

/** What the catalogue's database holds, for `ormconfig.ts`. */
export const backupSchema: DatabaseSchema = {
  entities: [Run],
  migrations: [CreateBackup1764000000000, UndoAndWholeInstance1764200000000, StoredCopies1764300000000],
  rowCounts: { runs: countOf('run') },
  readers: 1,
};
