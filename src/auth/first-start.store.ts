import { Injectable } from '@nestjs/common';
import { In, Not } from 'typeorm';
import { AuthDatabase } from './auth.database.js';
import { OFFERED_ROLES } from './initial-roles.js';
import { RoleEntity } from './role.entity.js';
import { replaceRole, type Role } from './roles.store.js';
import { UserEntity } from './user.entity.js';
import { replaceUser, type User } from './users.store.js';

@Injectable()
export class FirstStartStore {
  constructor(private readonly database: AuthDatabase) {}

  /** What there is none of at all; roles that were only offered do not count. */
  missing(): Promise<{ roles: boolean; users: boolean }> {
    return this.database.read(async (manager) => ({
      roles: !(await manager.existsBy(RoleEntity, { name: Not(In(OFFERED_ROLES.map(({ name }) => name))) })),
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

  /** All or nothing. */
  add(roles: Role[], user: (User & { passwordHash: string }) | undefined): Promise<void> {
    return this.database.write(async (manager) => {
      for (const role of roles) await replaceRole(manager, role);
      if (user) await replaceUser(manager, user, user.passwordHash);
    });
  }
}
