import { Injectable } from '@nestjs/common';
import { AuthDatabase, type AuthRows } from './auth.database.js';

/** A user with the scopes of all roles it has that exist, each as often as roles have it. */
export interface Account {
  user: string;
  scopes: string[];
}

interface AccountRow {
  user: string;
  uuid: string;
  scope: string | null;
}

const SCOPES_OF_USER = `
  LEFT JOIN user_roles ON user_roles."user" = users.name
  LEFT JOIN role_scopes ON role_scopes.role = user_roles.role`;

/** Who stands behind a credential: read on every request, so each is one query along primary keys and indexes. */
@Injectable()
export class CallersStore {
  constructor(private readonly database: AuthDatabase) {}

  async byUser(user: string, rows: AuthRows = this.database): Promise<Account | undefined> {
    const found = await rows.read((manager) =>
      manager.query<AccountRow[]>(
        `SELECT users.name AS "user", role_scopes.scope FROM users ${SCOPES_OF_USER} WHERE users.name = ?`,
        [user],
      ),
    );
    return accountOf(found);
  }

  async byTokenUuid(user: string, uuid: string): Promise<Account | undefined> {
    const found = await this.database.read((manager) =>
      manager.query<AccountRow[]>(
        `SELECT users.name AS "user", role_scopes.scope
         FROM tokens JOIN users ON users.name = tokens."user" ${SCOPES_OF_USER}
         WHERE tokens.uuid = ? AND users.name = ?`,
        [uuid, user],
      ),
    );
    return accountOf(found);
  }

  async byTokenHash(hash: string): Promise<(Account & { tokenUuid: string }) | undefined> {
    const found = await this.database.read((manager) =>
      manager.query<AccountRow[]>(
        `SELECT users.name AS "user", tokens.uuid, role_scopes.scope
         FROM tokens JOIN users ON users.name = tokens."user" ${SCOPES_OF_USER} WHERE tokens.hash = ?`,
        [hash],
      ),
    );
    const account = accountOf(found);
    return account && { ...account, tokenUuid: found[0]!.uuid };
  }
}

function accountOf(rows: AccountRow[]): Account | undefined {
  if (!rows[0]) return undefined;
  return { user: rows[0].user, scopes: rows.flatMap(({ scope }) => scope ?? []) };
}
