import { z } from 'zod';
import { FileRefusal } from '../database/portable-file/file-refusal.js';
import type { RestorePolicy } from '../database/restore-policy.js';
import { nameSchema } from '../http/name.schema.js';
import { Problem } from '../problems.js';
import type { AuthRows } from './auth.database.js';
import { isBearablePasswordHash } from './passwords.js';
import { isPermission } from './permissions.js';
import { StagedAuthStore } from './staged-auth.store.js';

const uuidSchema = z.uuid().lowercase();
const TOKEN_HASH = /^[0-9a-f]{64}$/;

/** What can be said of a backup of the auth database without the server that it may be restored on. */
export class AuthFilePolicy implements RestorePolicy {
  constructor(private readonly staged = new StagedAuthStore()) {}

  /** @throws FileRefusal for the first row that the API would not have let in. */
  async validate(staged: AuthRows): Promise<void> {
    for await (const { name } of this.staged.rows('roles', staged)) requireName('role', name);
    for await (const { role, scope } of this.staged.rows('role_scopes', staged)) {
      if (!isPermission(scope))
        refuse(`the role ${shownText(role)} has the unknown scope ${shownText(scope)}`);
    }
    for await (const { name, password_hash: hash } of this.staged.rows('users', staged)) {
      requireName('user', name);
      if (!isBearablePasswordHash(hash))
        refuse(`the password hash of the user ${shownText(name)} is not one of Argon2id at a bearable cost`);
    }
    for await (const { role } of this.staged.rows('user_roles', staged)) requireName('role', role);
    for await (const { uuid, user, hash } of this.staged.rows('tokens', staged)) {
      if (!uuidSchema.safeParse(uuid).success)
        refuse(`a token of the user ${shownText(user)} has the UUID ${shownText(uuid)}, which is none`);
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
}

function requireName(kind: 'user' | 'role', name: string): void {
  const { error } = nameSchema.safeParse(name);
  if (error) refuse(`the ${kind} name ${shownText(name)} is not valid: ${error.issues[0]!.message}`);
}

function refuse(sentence: string): never {
  throw new FileRefusal('content', sentence);
}

/** Foreign text inside a sentence. */
export function shownText(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
