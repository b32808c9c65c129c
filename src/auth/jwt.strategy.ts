import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import type { KeyObject } from 'node:crypto';
import { Strategy } from 'passport-jwt';
import type { Caller } from './caller.js';
import { CallersService } from './callers.service.js';
import { decodeAuthorization } from './credential.js';
import { ALGORITHM, ISSUER } from './json-web-token.js';
import { SECRET_KEY } from './secret-key.js';
import { unauthenticated } from './unauthenticated.js';

/** JSON Web Tokens of our own making: one algorithm, our issuer, always with an end. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(
    @Inject(SECRET_KEY) secretKey: KeyObject,
    private readonly callers: CallersService,
  ) {
    super({
      jwtFromRequest: (request: Request) => decodeAuthorization(request.headers.authorization)?.token ?? null,
      // The types know text and bytes only; the library hands the key on to node:crypto as it is.
      secretOrKey: secretKey as unknown as Buffer,
      algorithms: [ALGORITHM],
      issuer: ISSUER,
    });
  }

  async validate(claims: { sub?: unknown; exp?: unknown }): Promise<Caller> {
    if (typeof claims.exp !== 'number' || typeof claims.sub !== 'string') {
      throw unauthenticated('failed to parse JWT: token has invalid claims: token is missing required claim');
    }
    return this.callers.ofUser(claims.sub, claims.exp * 1000);
  }
}
