import { BoundedList } from '../../changes/bounded-list.js';
import type { ChangeLimits } from '../../changes/change-limits.js';
import { ChangeLists, type Changes } from '../../changes/change-lists.js';
import { mergeByName, type Pair } from '../../changes/merge-by-key.js';
import type { AuthRows } from '../auth.database.js';
import { effectivePermissions, type Permission, PERMISSION_NAMES } from '../permissions.js';
import { type Account, accounts, rolesOfUsers } from './auth-rows.store.js';
import { MemberChanges } from './member-changes.js';

interface UserRoles {
  name: string;
  roles: string[];
}

export interface ChangedUser {
  name: string;
  roles_added: string[];
  roles_removed: string[];
  password_changed: boolean;
}

export type UserChanges = Changes<UserRoles, ChangedUser, UserRoles>;

/** What a user may do on one side only, by whatever way: other roles, other scopes of a role, no account. */
export interface PermissionChange {
  user: string;
  gained: Permission[];
  lost: Permission[];
}

/** Users and what they may do, along one walk. */
export async function userChanges(
  live: AuthRows,
  staged: AuthRows,
  limits: ChangeLimits,
): Promise<{ users: UserChanges; permissions: BoundedList<PermissionChange> }> {
  const users = new ChangeLists<UserRoles, ChangedUser, UserRoles>(limits);
  const permissions = new BoundedList<PermissionChange>(limits);
  const roleChanges = new MemberChanges(rolesOfUsers(live), rolesOfUsers(staged), limits.names);
  for await (const pair of mergeByName(accounts(live), accounts(staged))) {
    const { name } = (pair.before ?? pair.after)!;
    const { gained, lost, count } = await roleChanges.of(name);
    if (!pair.before) users.added.add({ name, roles: gained }, count);
    else if (!pair.after) users.removed.add({ name, roles: lost }, count);
    else {
      const password_changed = pair.before.passwordHash !== pair.after.passwordHash;
      if (count > 0 || password_changed)
        users.changed.add({ name, roles_added: gained, roles_removed: lost, password_changed }, count);
    }
    const change = permissionChange(name, pair);
    if (change.gained.length + change.lost.length > 0) permissions.add(change);
  }
  return { users: users.answer(), permissions };
}

function permissionChange(user: string, { before, after }: Pair<Account>): PermissionChange {
  const old = effectivePermissions(before?.scopes ?? []);
  const young = effectivePermissions(after?.scopes ?? []);
  return {
    user,
    gained: PERMISSION_NAMES.filter((name) => young.has(name) && !old.has(name)),
    lost: PERMISSION_NAMES.filter((name) => old.has(name) && !young.has(name)),
  };
}
