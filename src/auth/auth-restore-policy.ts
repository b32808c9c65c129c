import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { FileRefusal } from '../database/portable-file/file-refusal.js';
import type { RestorePolicy } from '../database/restore-policy.js';
import { nameSchema } from '../http/name.schema.js';
import { Problem } from '../problems.js';
import type { AuthRows } from './auth.database.js';
import type { Caller } from './caller.js';
import { CallersStore } from './callers.store.js';
import { isBearablePasswordHash } from './passwords.js';
import { effectivePermissions, isPermission } from './permissions.js';
import { StagedAuthStore } from './staged-auth.store.js';
import { TokensStore } from './tokens.store.js';
import { UsersStore } from './users.store.js';

const uuidSchema = z.uuid().lowercase();
const TOKEN_HASH = /^[0-9a-f]{64}$/;

/** What a generation of the auth database must be before it may become the live one. */
@Injectable()
export class AuthRestorePolicy implements RestorePolicy {
  constructor(
    private readonly staged: StagedAuthStore,
    private readonly callers: CallersStore,
    private readonly users: UsersStore,
    private readonly tokens: TokensStore,
  ) {}

  /** @throws FileRefusal for the first row that the API would not have let in. */
  async validate(staged: AuthRows): Promise<void> {
    for await (const { name } of this.staged.rows('roles', staged)) requireName('role', name);
    for await (const { role, scope } of this.staged.rows('role_scopes', staged)) {
      if (!isPermission(scope)) refuse(`the role ${shown(role)} has the unknown scope ${shown(scope)}`);
    }
    for await (const { name, password_hash: hash } of this.staged.rows('users', staged)) {
      requireName('user', name);
      if (!isBearablePasswordHash(hash))
        refuse(`the password hash of the user ${shown(name)} is not one of Argon2id at a bearable cost`);
    }
    for await (const { role } of this.staged.rows('user_roles', staged)) requireName('role', role);
    for await (const { uuid, user, hash } of this.staged.rows('tokens', staged)) {
      if (!uuidSchema.safeParse(uuid).success)
        refuse(`a token of the user ${shown(user)} has the UUID ${shown(uuid)}, which is none`);
      if (!TOKEN_HASH.test(hash)) refuse(`the hash of the token ${uuid} is not a SHA-256 in hexadecimal`);
    }
  }

  /** @throws Problem CONFLICT when nobody could administer users and roles afterwards. */
  async requireAdministrator(staged: AuthRows): Promise<void> {
    if (await this.staged.anybodyHas('write_acls', staged)) return;
    throw new Problem(
      'CONFLICT',
      'no user in this backup has the permission write_acls: after the restore nobody could administer users and ' +
        'roles; nothing was changed; choose another backup',
    );
  }

  /** @throws Problem CONFLICT when the caller could not come back afterwards to undo the restore. */
  async requireWayBack(staged: AuthRows, caller: Caller): Promise<void> {
    const account = await this.callers.byUser(caller.user, staged);
    const mayAdminister = account && effectivePermissions(account.scopes).has('write_acls');
    if (mayAdminister && (await this.canLogIn(staged, caller))) return;
    throw new Problem(
      'CONFLICT',
      `after this restore you (${shown(caller.user)}) would be locked out: in the backup you lack the permission ` +
        'write_acls, or have neither the same password nor the same token; nothing was changed; to restore it all ' +
        'the same, repeat with `?allow_lockout=true`',
    );
  }

  /** A JSON Web Token names the user only, so it stays valid; a token or password must be the same in both. */
  private async canLogIn(staged: AuthRows, { user, credential }: Caller): Promise<boolean> {
    if (credential.kind === 'jwt') return true;
    const [live, restored] = await Promise.all([
      this.tokens.find(credential.tokenUuid),
      this.tokens.find(credential.tokenUuid, staged),
    ]);
    if (live && restored && live.hash === restored.hash && restored.user === user) return true;
    const hash = await this.users.passwordHash(user);
    return hash !== undefined && hash === (await this.users.passwordHash(user, staged));
  }
}

function requireName(kind: 'user' | 'role', name: string): void {
  const { error } = nameSchema.safeParse(name);
  if (error) refuse(`the ${kind} name ${shown(name)} is not valid: ${error.issues[0]!.message}`);
}

function refuse(sentence: string): never {
  throw new FileRefusal('content', sentence);
}

/** Foreign text inside a sentence. */
function shown(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
