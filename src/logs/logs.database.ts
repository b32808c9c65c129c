import { Database } from '../database/database.js';

/** Injection token of the logs database. */
export abstract class LogsDatabase extends Database {}
