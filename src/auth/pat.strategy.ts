import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import { Strategy } from 'passport-http-bearer';
import type { Caller } from './caller.js';
import { CallersService } from './callers.service.js';
import { decodeAuthorization } from './credential.js';

/** Personal Access Tokens. */
@Injectable()
export class PatStrategy extends PassportStrategy(Strategy, 'pat') {
  constructor(private readonly callers: CallersService) {
    super({ passReqToCallback: true });
  }

  /** Passport hands on what follows `Bearer `, prefix included: the token is decoded where all forms are known. */
  async validate(request: Request): Promise<Caller | false> {
    const credential = decodeAuthorization(request.headers.authorization);
    return credential ? this.callers.ofToken(credential.token) : false;
  }
}
