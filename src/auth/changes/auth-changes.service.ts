import { Injectable } from '@nestjs/common';
import { ANSWER_LIMITS, type ChangeLimits } from '../../changes/change-limits.js';
import type { AuthRows } from '../auth.database.js';
import { roleChanges, type RoleChanges } from './role-changes.js';
import { tokenChanges, type TokenChanges } from './token-changes.js';
import { type PermissionChange, userChanges, type UserChanges } from './user-changes.js';

/** As it is answered. Never a password, a token, or a hash of one. */
export interface AuthChanges {
  users: UserChanges;
  roles: RoleChanges;
  tokens: TokenChanges;
  /** Effective permissions of users who may do more or less than before. */
  permissions: PermissionChange[];
  /** How many more of `permissions` there are; only there where not all are shown. */
  more_permissions?: number;
}

/** What a restore of the auth database would change. */
@Injectable()
export class AuthChangesService {
  /**
   * Compares two states, both checked by `AuthRestorePolicy`. Each list shows at most `limits.items`, 1000 unless told
   * otherwise, sorted by name; `more` counts what is not shown. A live database is read page by page while it goes on.
   */
  async between(
    live: AuthRows,
    staged: AuthRows,
    limits: ChangeLimits = ANSWER_LIMITS,
  ): Promise<AuthChanges> {
    const { users, permissions } = await userChanges(live, staged, limits);
    return {
      users,
      roles: await roleChanges(live, staged, limits),
      tokens: await tokenChanges(live, staged, limits),
      permissions: permissions.shown,
      ...(permissions.more > 0 && { more_permissions: permissions.more }),
    };
  }
}
