import { Database } from '../database/database.js';

/** Injection token of the config database. */
export abstract class ConfigDatabase extends Database {}
