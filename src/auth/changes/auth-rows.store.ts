import { PAGE_ROWS, pagedRows } from '../../changes/paged-rows.js';
import type { AuthRows } from '../auth.database.js';
import { type Permission, PERMISSION_NAMES } from '../permissions.js';

/** A user with what its roles allow, implications not yet drawn. */
export interface Account {
  name: string;
  passwordHash: string;
  scopes: Permission[];
}

/** A role of a user, or a scope of a role. */
export interface Membership {
  owner: string;
  member: string;
}

/** What a token is; the value itself nobody has. */
export interface StoredToken {
  uuid: string;
  user: string;
  hash: string;
}

/** All users, sorted by name. */
export function accounts(rows: AuthRows): AsyncGenerator<Account> {
  return pagedRows(async (last?: Account) => {
    const page = await rows.read((manager) =>
      manager.query<{ name: string; passwordHash: string; scopes: string }[]>(
        `SELECT name, password_hash AS passwordHash,
           (SELECT json_group_array(DISTINCT scope) FROM user_roles
              JOIN role_scopes ON role_scopes.role = user_roles.role
            WHERE user_roles."user" = users.name AND scope IN (SELECT value FROM json_each(?))) AS scopes
         FROM users WHERE name > ? ORDER BY name LIMIT ${PAGE_ROWS}`,
        [JSON.stringify(PERMISSION_NAMES), last?.name ?? ''],
      ),
    );
    return page.map(({ name, passwordHash, scopes }) => ({
      name,
      passwordHash,
      scopes: JSON.parse(scopes) as Permission[],
    }));
  });
}

/** All roles, sorted by name. */
export function roles(rows: AuthRows): AsyncGenerator<{ name: string }> {
  return pagedRows((last?: { name: string }) =>
    rows.read((manager) =>
      manager.query<{ name: string }[]>(
        `SELECT name FROM roles WHERE name > ? ORDER BY name LIMIT ${PAGE_ROWS}`,
        [last?.name ?? ''],
      ),
    ),
  );
}

/** All tokens, sorted by UUID. */
export function tokens(rows: AuthRows): AsyncGenerator<StoredToken> {
  return pagedRows((last?: StoredToken) =>
    rows.read((manager) =>
      manager.query<StoredToken[]>(
        `SELECT uuid, "user", hash FROM tokens WHERE uuid > ? ORDER BY uuid LIMIT ${PAGE_ROWS}`,
        [last?.uuid ?? ''],
      ),
    ),
  );
}

/** Roles of all users, sorted by user and role. */
export function rolesOfUsers(rows: AuthRows): AsyncGenerator<Membership> {
  return memberships(rows, 'user_roles', 'user', 'role');
}

/** Scopes of all roles, sorted by role and scope. */
export function scopesOfRoles(rows: AuthRows): AsyncGenerator<Membership> {
  return memberships(rows, 'role_scopes', 'role', 'scope');
}

/**
 * First the rest of the owner, then owners behind it: for both in one condition SQLite would use the index for the owner
 * only, and look at all of its members again for each page.
 */
function memberships(
  rows: AuthRows,
  table: string,
  owner: string,
  member: string,
): AsyncGenerator<Membership> {
  const select = (condition: string) =>
    `SELECT "${owner}" AS owner, "${member}" AS member FROM ${table} WHERE ${condition}
     ORDER BY "${owner}", "${member}" LIMIT ${PAGE_ROWS}`;
  return pagedRows((last?: Membership) =>
    rows.read(async (manager) => {
      const ofSame = last
        ? await manager.query<Membership[]>(select(`"${owner}" = ? AND "${member}" > ?`), [
            last.owner,
            last.member,
          ])
        : [];
      if (ofSame.length > 0) return ofSame;
      return manager.query<Membership[]>(select(`"${owner}" > ?`), [last?.owner ?? '']);
    }),
  );
}
