import { Injectable } from '@nestjs/common';
import { AuthDatabase } from './auth.database.js';
import { RoleEntity } from './role.entity.js';
import { replaceRole, type Role } from './roles.store.js';
import { UserEntity } from './user.entity.js';
import { replaceUser, type User } from './users.store.js';

@Injectable()
export class FirstStartStore {
  constructor(private readonly database: AuthDatabase) {}

  /** What there is none of at all. */
  missing(): Promise<{ roles: boolean; users: boolean }> {
    return this.database.read(async (manager) => ({
      roles: !(await manager.exists(RoleEntity)),
      users: !(await manager.exists(UserEntity)),
    }));
  }

  /**
   * Sets the password of a user, who is made with `role` where there is none of this name.
   * @returns whether they were made.
   */
  reset(name: string, passwordHash: string, role: Role): Promise<boolean> {
    return this.database.write(async (manager) => {
      const { affected } = await manager.update(UserEntity, { name }, { passwordHash });
      if (affected) return false;
      if (!(await manager.existsBy(RoleEntity, { name: role.name }))) await replaceRole(manager, role);
      await replaceUser(manager, { name, roles: [role.name] }, passwordHash);
      return true;
    });
  }

  /** Both or none. */
  add(role: Role | undefined, user: (User & { passwordHash: string }) | undefined): Promise<void> {
    return this.database.write(async (manager) => {
      if (role) await replaceRole(manager, role);
      if (user) await replaceUser(manager, user, user.passwordHash);
    });
  }
}
