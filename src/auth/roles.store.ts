import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuthDatabase } from './auth.database.js';
import { RoleScopeEntity } from './role-scope.entity.js';
import { RoleEntity } from './role.entity.js';

export interface Role {
  name: string;
  scopes: string[];
}

@Injectable()
export class RolesStore {
  constructor(private readonly database: AuthDatabase) {}

  /** Sorted by name, scopes too. */
  list(): Promise<Role[]> {
    return this.database.read(async (manager) => {
      const roles = await manager.find(RoleEntity, { order: { name: 'ASC' } });
      const scopes = new Map(roles.map(({ name }): [string, string[]] => [name, []]));
      for (const { role, scope } of await manager.find(RoleScopeEntity, { order: { scope: 'ASC' } }))
        scopes.get(role)?.push(scope);
      return [...scopes].map(([name, ofRole]) => ({ name, scopes: ofRole }));
    });
  }

  replace(role: Role): Promise<void> {
    return this.database.write((manager) => replaceRole(manager, role));
  }

  async remove(name: string): Promise<void> {
    await this.database.write((manager) => manager.delete(RoleEntity, { name }));
  }
}

/** Makes the role what is given, whether it exists or not. */
export async function replaceRole(manager: EntityManager, { name, scopes }: Role): Promise<void> {
  await manager.delete(RoleEntity, { name });
  await manager.insert(RoleEntity, { name });
  const rows = [...new Set(scopes)].map((scope) => ({ role: name, scope }));
  if (rows.length > 0) await manager.insert(RoleScopeEntity, rows);
}
