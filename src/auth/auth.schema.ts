import { countOf, type DatabaseSchema } from '../database/database-definition.js';
import { CreateAuth1764000000000 } from './migrations/1764000000000-create-auth.js';
import { RoleScopeEntity } from './role-scope.entity.js';
import { RoleEntity } from './role.entity.js';
import { TokenEntity } from './token.entity.js';
import { UserRoleEntity } from './user-role.entity.js';
import { UserEntity } from './user.entity.js';

/** What the auth database holds, for `ormconfig.ts`. */
export const authSchema: DatabaseSchema = {
  entities: [UserEntity, RoleEntity, RoleScopeEntity, UserRoleEntity, TokenEntity],
  migrations: [CreateAuth1764000000000],
  rowCounts: { users: countOf('users'), roles: countOf('roles'), tokens: countOf('tokens') },
  readers: 2,
};
