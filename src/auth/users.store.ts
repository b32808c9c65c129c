import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuthDatabase, type AuthRows } from './auth.database.js';
import { UserRoleEntity } from './user-role.entity.js';
import { UserEntity } from './user.entity.js';

export interface User {
  name: string;
  roles: string[];
}

@Injectable()
export class UsersStore {
  constructor(private readonly database: AuthDatabase) {}

  /** Sorted by name, roles too. */
  list(): Promise<User[]> {
    return this.database.read(async (manager) => {
      const users = await manager.find(UserEntity, { select: { name: true }, order: { name: 'ASC' } });
      const roles = new Map(users.map(({ name }): [string, string[]] => [name, []]));
      for (const { user, role } of await manager.find(UserRoleEntity, { order: { role: 'ASC' } }))
        roles.get(user)?.push(role);
      return [...roles].map(([name, ofUser]) => ({ name, roles: ofUser }));
    });
  }

  /** Sorted. Empty for a user who does not exist. */
  async rolesOf(user: string): Promise<string[]> {
    const rows = await this.database.read((manager) =>
      manager.find(UserRoleEntity, { where: { user }, order: { role: 'ASC' } }),
    );
    return rows.map(({ role }) => role);
  }

  async passwordHash(name: string, rows: AuthRows = this.database): Promise<string | undefined> {
    const user = await rows.read((manager) => manager.findOneBy(UserEntity, { name }));
    return user?.passwordHash;
  }

  replace(user: User, passwordHash: string): Promise<void> {
    return this.database.write((manager) => replaceUser(manager, user, passwordHash));
  }

  /** @returns false when the user, or the password, is no longer what it was. */
  async exchangePasswordHash(name: string, oldHash: string, newHash: string): Promise<boolean> {
    const { affected } = await this.database.write((manager) =>
      manager.update(UserEntity, { name, passwordHash: oldHash }, { passwordHash: newHash }),
    );
    return affected === 1;
  }

  /** With roles and tokens. */
  async remove(name: string): Promise<void> {
    await this.database.write((manager) => manager.delete(UserEntity, { name }));
  }
}

/** Makes the user what is given, whether it exists or not. Its tokens stay. */
export async function replaceUser(
  manager: EntityManager,
  { name, roles }: User,
  passwordHash: string,
): Promise<void> {
  await manager.upsert(UserEntity, { name, passwordHash }, ['name']);
  await manager.delete(UserRoleEntity, { user: name });
  const rows = [...new Set(roles)].map((role) => ({ user: name, role }));
  if (rows.length > 0) await manager.insert(UserRoleEntity, rows);
}
