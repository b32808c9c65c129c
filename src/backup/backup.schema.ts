import { countOf, type DatabaseSchema } from '../database/database-definition.js';
import { CreateBackup1764000000000 } from './migrations/1764000000000-create-backup.js';
import { StoredCopies1764300000000 } from './migrations/1764300000000-stored-copies.js';
import { UndoAndWholeInstance1764200000000 } from './migrations/1764200000000-undo-and-whole-instance.js';
import { Schedules1764400000000 } from './migrations/1764400000000-schedules.js';
import { Run } from './run.entity.js';
import { ScheduleProgress, StoredSchedule } from './schedules/schedule.entity.js';

/** What the catalogue's database holds, for `ormconfig.ts`. */
export const backupSchema: DatabaseSchema = {
  entities: [Run, StoredSchedule, ScheduleProgress],
  migrations: [
    CreateBackup1764000000000,
    UndoAndWholeInstance1764200000000,
    StoredCopies1764300000000,
    Schedules1764400000000,
  ],
  rowCounts: { runs: countOf('run'), schedules: countOf('schedule') },
  readers: 1,
};
