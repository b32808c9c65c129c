import type { Database } from '../database/database.js';

/** One side of a comparison: the live database, a generation that is held, or one that is staged. */
export type Rows = Pick<Database, 'read'>;
