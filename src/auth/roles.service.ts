import { Injectable } from '@nestjs/common';
import { invalidArgument } from '../problems.js';
import { isPermission } from './permissions.js';
import { type Role, RolesStore } from './roles.store.js';

@Injectable()
export class RolesService {
  constructor(private readonly roles: RolesStore) {}

  /** Sorted by name. */
  list(): Promise<Role[]> {
    return this.roles.list();
  }

  /** Makes the role, or replaces its scopes. @throws Problem INVALID_ARGUMENT for the first unknown scope. */
  async save(role: Role): Promise<void> {
    const unknown = role.scopes.find((scope) => !isPermission(scope));
    if (unknown !== undefined)
      throw invalidArgument(`invalid argument: invalid scope: ${unknown.slice(0, 100)}`);
    await this.roles.replace(role);
  }

  /** Users keep the name of the role, which then gives them nothing. Does nothing when there is no such role. */
  remove(name: string): Promise<void> {
    return this.roles.remove(name);
  }
}
