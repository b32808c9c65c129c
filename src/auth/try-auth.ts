import type { RowCounts } from '../database/database.js';
import { type Trials, TrialFailure } from '../database/trials.js';
import type { AuthDatabase } from './auth.database.js';
import { CallersStore } from './callers.store.js';
import { RolesStore } from './roles.store.js';
import { TokensStore } from './tokens.store.js';
import { UsersStore } from './users.store.js';

/** Whose tokens are asked for: enough to know that it works. */
const MOST_USERS = 50;

/**
 * Asks a database what the API would be asked: who is there, and what each may do.
 * @throws TrialFailure, or what SQLite says.
 */
export async function tryAuth(database: AuthDatabase, rows: RowCounts, trials: Trials): Promise<void> {
  const users = await trials.askFor('users', rows.users!, () => new UsersStore(database).list());
  await trials.askFor('roles', rows.roles!, () => new RolesStore(database).list());
  const some = users.slice(0, MOST_USERS);
  const tokens = new TokensStore(database);
  await trials.ask('tokens', async () =>
    (await Promise.all(some.map(({ name }) => tokens.uuidsOf(name)))).flat(),
  );
  const callers = new CallersStore(database);
  const accounts = await trials.ask('permissions', () =>
    Promise.all(some.map(({ name }) => callers.byUser(name))),
  );
  const unknown = some.find((_user, index) => accounts[index] === undefined);
  if (unknown)
    throw new TrialFailure(
      `the user ${JSON.stringify(unknown.name)} is listed, but could not log in: it is not found by its name`,
    );
}
