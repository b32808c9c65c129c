import { Injectable } from '@nestjs/common';
import type { AuthRows } from './auth.database.js';
import { AuthFilePolicy, shownText } from './auth-file-policy.js';
import type { Caller } from './caller.js';
import { CallersStore } from './callers.store.js';
import { Problem } from '../problems.js';
import { effectivePermissions } from './permissions.js';
import { StagedAuthStore } from './staged-auth.store.js';
import { TokensStore } from './tokens.store.js';
import { UsersStore } from './users.store.js';

/** What a generation of the auth database must be before it may become the live one of this server. */
@Injectable()
export class AuthRestorePolicy extends AuthFilePolicy {
  constructor(
    staged: StagedAuthStore,
    private readonly callers: CallersStore,
    private readonly users: UsersStore,
    private readonly tokens: TokensStore,
  ) {
    super(staged);
  }

  /** @throws Problem CONFLICT when the caller could not come back afterwards to undo the restore. */
  async requireWayBack(staged: AuthRows, caller: Caller): Promise<void> {
    const account = await this.callers.byUser(caller.user, staged);
    const mayAdminister = account && effectivePermissions(account.scopes).has('write_acls');
    if (mayAdminister && (await this.canLogIn(staged, caller))) return;
    throw new Problem(
      'CONFLICT',
      `after this restore you (${shownText(caller.user)}) would be locked out: in the backup you lack the permission ` +
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
