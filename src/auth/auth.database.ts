import { Database } from '../database/database.js';

/** Injection token of the auth database. */
export abstract class AuthDatabase extends Database {}

/** The live auth database, or a generation of it that may become the live one. */
export type AuthRows = Pick<AuthDatabase, 'read'>;
