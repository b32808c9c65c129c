import { Injectable } from '@nestjs/common';
import { type Caller, hasExpired } from './caller.js';
import { CallersStore } from './callers.store.js';
import { effectivePermissions, type Permission } from './permissions.js';
import { hashPersonalAccessToken } from './personal-access-token.js';
import { unauthenticated } from './unauthenticated.js';

/** Who stands behind a credential, as the database has it now. */
@Injectable()
export class CallersService {
  constructor(private readonly callers: CallersStore) {}

  /**
   * @param expiresMs end of the token by which the user comes, Unix milliseconds.
   * @throws Problem UNAUTHENTICATED when the user does not exist (any more).
   */
  async ofUser(user: string, expiresMs: number): Promise<Caller> {
    const account = await this.callers.byUser(user);
    if (!account) throw unauthenticated('invalid token');
    return {
      user: account.user,
      permissions: effectivePermissions(account.scopes),
      credential: { kind: 'jwt', expiresMs },
    };
  }

  /** @throws Problem UNAUTHENTICATED when nobody has this Personal Access Token. */
  async ofToken(token: string): Promise<Caller> {
    const account = await this.callers.byTokenHash(hashPersonalAccessToken(token));
    if (!account) throw unauthenticated('invalid token');
    return {
      user: account.user,
      permissions: effectivePermissions(account.scopes),
      credential: { kind: 'pat', tokenUuid: account.tokenUuid },
    };
  }

  /** What somebody who came some time ago may do now; undefined when their token or their user is gone. */
  async permissionsNow(caller: Caller): Promise<ReadonlySet<Permission> | undefined> {
    if (hasExpired(caller)) return undefined;
    const { user, credential } = caller;
    const account =
      credential.kind === 'jwt'
        ? await this.callers.byUser(user)
        : await this.callers.byTokenUuid(user, credential.tokenUuid);
    return account && effectivePermissions(account.scopes);
  }
}
