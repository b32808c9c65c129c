import { countOf, type DatabaseSchema } from '../database/database-definition.js';
import { CreateLogs1764000000000 } from './migrations/1764000000000-create-logs.js';
import { RetentionIndexesDeliveries1764100000000 } from './migrations/1764100000000-retention-indexes-deliveries.js';
import { ENTRY_WITH_OTHER_VALUES, MISCOUNTED_STREAM } from './staged-logs.questions.js';
import { Stream } from './streams/stream.entity.js';

const NAMED_STREAMS = 'SELECT count(*) AS n FROM stream WHERE name IS NOT NULL';

/** What the logs database holds, for `ormconfig.ts`. Entries are rows of plain SQL: they are written by the thousand. */
export const logsSchema: DatabaseSchema = {
  entities: [Stream],
  migrations: [CreateLogs1764000000000, RetentionIndexesDeliveries1764100000000],
  rowCounts: {
    streams: { quick: NAMED_STREAMS, exact: NAMED_STREAMS },
    entries: {
      quick: 'SELECT coalesce(sum(entry_count), 0) AS n FROM stream',
      exact: countOf('entry').exact,
    },
  },
  questions: [ENTRY_WITH_OTHER_VALUES, MISCOUNTED_STREAM],
  readers: 4,
};
