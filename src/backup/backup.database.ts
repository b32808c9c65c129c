import { Database } from '../database/database.js';

/** Injection token of the backup database. */
export abstract class BackupDatabase extends Database {}
