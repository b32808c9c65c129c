import { Database } from '../database/database.js';

/** Injection token of the auth database. */
export abstract class AuthDatabase extends Database {}
