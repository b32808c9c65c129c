import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { AuthDatabase } from './auth.database.js';
import { RoleScopeEntity } from './role-scope.entity.js';
import { RoleEntity } from './role.entity.js';
import type { Role } from './roles.store.js';
import { TokenEntity } from './token.entity.js';
import { UserRoleEntity } from './user-role.entity.js';
import { UserEntity } from './user.entity.js';

/** All that somebody's access consists of. */
export interface Access {
  user: UserEntity;
  roles: Role[];
  tokens: TokenEntity[];
}

/** A role that is there under another name than it had. */
export interface RenamedRole {
  from: string;
  to: string;
}

type Write = <T>(work: (manager: EntityManager) => Promise<T>) => Promise<T>;

/** Somebody's access, carried from the live database into another that may become the live one. */
@Injectable()
export class KeptAccessStore {
  constructor(private readonly database: AuthDatabase) {}

  /** @returns undefined when there is no such user. Roles that do not exist are not among its roles. */
  read(name: string): Promise<Access | undefined> {
    return this.database.read(async (manager) => {
      const user = await manager.findOneBy(UserEntity, { name });
      if (!user) return undefined;
      const names = (await manager.findBy(UserRoleEntity, { user: name })).map(({ role }) => role);
      const existing = await manager.findBy(RoleEntity, { name: In(names) });
      const scopes = await manager.findBy(RoleScopeEntity, { role: In(names) });
      const roles = existing.map((role) => ({
        name: role.name,
        scopes: scopes.filter((one) => one.role === role.name).map(({ scope }) => scope),
      }));
      return { user, roles, tokens: await manager.findBy(TokenEntity, { user: name }) };
    });
  }

  /**
   * Adds the access to what there is: of a user of the same name the password is replaced, roles and tokens are added to.
   * A role of the same name that grants less is left as it is, because others have it; this one then comes under
   * another name.
   */
  add({ user, roles, tokens }: Access, write: Write): Promise<RenamedRole[]> {
    return write(async (manager) => {
      const renamed: RenamedRole[] = [];
      await manager.upsert(UserEntity, user, ['name']);
      for (const role of roles) {
        const name = await addRole(manager, role);
        if (name !== role.name) renamed.push({ from: role.name, to: name });
        const assigned = { user: user.name, role: name };
        if (!(await manager.existsBy(UserRoleEntity, assigned)))
          await manager.insert(UserRoleEntity, assigned);
      }
      for (const token of tokens) {
        await manager.delete(TokenEntity, { hash: token.hash });
        await manager.upsert(TokenEntity, token, ['uuid']);
      }
      return renamed;
    });
  }

  /** @param hashes password hashes by name of the user. */
  async setPasswords(hashes: Map<string, string>, write: Write): Promise<void> {
    await write(async (manager) => {
      for (const [name, passwordHash] of hashes) await manager.update(UserEntity, { name }, { passwordHash });
    });
  }
}

/** @returns the name under which the role is there now. */
async function addRole(manager: EntityManager, { name, scopes }: Role): Promise<string> {
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? name : `kept-role-${count}`;
    const exists = await manager.existsBy(RoleEntity, { name: candidate });
    const rows = await manager.findBy(RoleScopeEntity, { role: candidate });
    const present = new Set(rows.map(({ scope }) => scope));
    if (exists && scopes.every((scope) => present.has(scope))) return candidate;
    // A name that users have without a role of it would give them this one.
    if (exists || (await manager.existsBy(UserRoleEntity, { role: candidate }))) continue;
    await manager.insert(RoleEntity, { name: candidate });
    if (scopes.length > 0)
      await manager.insert(
        RoleScopeEntity,
        scopes.map((scope) => ({ role: candidate, scope })),
      );
    return candidate;
  }
}
