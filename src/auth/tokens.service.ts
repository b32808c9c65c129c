import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { hashPersonalAccessToken, newPersonalAccessToken } from './personal-access-token.js';
import { TokensStore } from './tokens.store.js';
import { unauthenticated } from './unauthenticated.js';

/** Personal Access Tokens. A token has the rights of its user, and only the user sees and deletes it. */
@Injectable()
export class TokensService {
  constructor(private readonly tokens: TokensStore) {}

  /** @returns UUIDs, sorted. */
  list(user: string): Promise<string[]> {
    return this.tokens.uuidsOf(user);
  }

  /** @returns the token itself, which nobody can read again. */
  async create(user: string): Promise<{ token: string; uuid: string }> {
    const token = newPersonalAccessToken();
    const uuid = randomUUID();
    if (!(await this.tokens.add({ uuid, user, hash: hashPersonalAccessToken(token) })))
      throw unauthenticated('invalid token');
    return { token, uuid };
  }

  /** Does nothing when the user has no such token. */
  remove(user: string, uuid: string): Promise<void> {
    return this.tokens.remove(user, uuid);
  }
}
