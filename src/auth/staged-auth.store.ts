import { Injectable } from '@nestjs/common';
import type { AuthRows } from './auth.database.js';
import { RoleScopeEntity } from './role-scope.entity.js';
import { RoleEntity } from './role.entity.js';
import { TokenEntity } from './token.entity.js';
import { UserRoleEntity } from './user-role.entity.js';
import { UserEntity } from './user.entity.js';
import type { Permission } from './permissions.js';

export interface AllAuthRows {
  users: UserEntity[];
  roles: RoleEntity[];
  roleScopes: RoleScopeEntity[];
  userRoles: UserRoleEntity[];
  tokens: TokenEntity[];
}

/** What has to be known of a generation before it may become the live one. */
@Injectable()
export class StagedAuthStore {
  all(rows: AuthRows): Promise<AllAuthRows> {
    return rows.read(async (manager) => ({
      users: await manager.find(UserEntity),
      roles: await manager.find(RoleEntity),
      roleScopes: await manager.find(RoleScopeEntity),
      userRoles: await manager.find(UserRoleEntity),
      tokens: await manager.find(TokenEntity),
    }));
  }

  /** True when some user has a role with this scope. */
  async anybodyHas(scope: Permission, rows: AuthRows): Promise<boolean> {
    const found = await rows.read((manager) =>
      manager.query<unknown[]>(
        `SELECT 1 FROM users
         JOIN user_roles ON user_roles."user" = users.name
         JOIN role_scopes ON role_scopes.role = user_roles.role
         WHERE role_scopes.scope = ? LIMIT 1`,
        [scope],
      ),
    );
    return found.length > 0;
  }
}
