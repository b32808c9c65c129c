import type { ChangeLimits } from '../../changes/change-limits.js';
import { ChangeLists, type Changes } from '../../changes/change-lists.js';
import { mergeByName } from '../../changes/merge-by-key.js';
import type { AuthRows } from '../auth.database.js';
import type { Role } from '../roles.store.js';
import { roles, scopesOfRoles } from './auth-rows.store.js';
import { MemberChanges } from './member-changes.js';

export interface ChangedRole {
  name: string;
  scopes_added: string[];
  scopes_removed: string[];
}

export type RoleChanges = Changes<Role, ChangedRole, Role>;

/** Roles that exist; a user may have the name of one that does not. */
export async function roleChanges(
  live: AuthRows,
  staged: AuthRows,
  limits: ChangeLimits,
): Promise<RoleChanges> {
  const lists = new ChangeLists<Role, ChangedRole, Role>(limits);
  const scopeChanges = new MemberChanges(scopesOfRoles(live), scopesOfRoles(staged), limits.names);
  for await (const { before, after } of mergeByName(roles(live), roles(staged))) {
    const { name } = (before ?? after)!;
    const { gained, lost, count } = await scopeChanges.of(name);
    if (!before) lists.added.add({ name, scopes: gained }, count);
    else if (!after) lists.removed.add({ name, scopes: lost }, count);
    else if (count > 0) lists.changed.add({ name, scopes_added: gained, scopes_removed: lost }, count);
  }
  return lists.answer();
}
