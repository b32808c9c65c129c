import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import type { Request } from 'express';
import { declaredAccess } from './access.decorators.js';
import type { Caller } from './caller.js';
import { decodeAuthorization } from './credential.js';
import { complaintOf } from './json-web-token.js';
import { KnownCallers } from './known-callers.js';
import { unauthenticated } from './unauthenticated.js';

/** Passport's verdict as a caller or a problem. `error` comes from `validate`, `complaint` from the strategy itself. */
class JwtGuard extends AuthGuard('jwt') {
  override handleRequest<T>(error: Error | null, caller: T, complaint: unknown): T {
    if (caller) return caller;
    throw error ?? unauthenticated(`failed to parse JWT: ${complaintOf(complaint)}`);
  }
}

class PatGuard extends AuthGuard('pat') {
  override handleRequest<T>(error: Error | null, caller: T): T {
    if (caller) return caller;
    throw error ?? unauthenticated('invalid token');
  }
}

/**
 * Who is it? Reads which kind of token the request carries and leaves the rest to that kind's strategy, unless the token
 * has been verified before and nothing has changed since.
 */
@Injectable()
export class TokenGuard implements CanActivate {
  private readonly guards = { jwt: new JwtGuard(), pat: new PatGuard() };

  constructor(
    private readonly reflector: Reflector,
    private readonly known: KnownCallers,
  ) {}

  /** @throws Problem UNAUTHENTICATED */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (declaredAccess(this.reflector, context)?.kind === 'public') return true;
    const request = context.switchToHttp().getRequest<Request & { user: Caller }>();
    if (request.query.access_token !== undefined) {
      throw unauthenticated(
        'a token in the URL ends up in logs: send it in the Authorization header, and replace this one',
      );
    }
    const credential = decodeAuthorization(request.headers.authorization);
    if (!credential) throw unauthenticated('missing token');
    request.user = await this.known.findOrVerify(credential, async () => {
      await this.guards[credential.kind].canActivate(context);
      return request.user;
    });
    return true;
  }
}
