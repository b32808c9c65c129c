import { Injectable } from '@nestjs/common';
import { hash } from 'node:crypto';
import { AuthDatabase } from './auth.database.js';
import { type Caller, hasExpired } from './caller.js';
import type { Credential } from './credential.js';

/** Callers that are remembered. Only those who have shown a good credential are, so nobody can fill this from outside. */
const MOST_CALLERS = 10_000;

/**
 * Callers by the credentials that have been verified, for as long as nothing in the auth database has changed: a deleted
 * token, a changed role or a restore counts from the next request on, as if nothing were remembered.
 */
@Injectable()
export class KnownCallers {
  private readonly callers = new Map<string, Caller>();
  private revision = -1;

  constructor(private readonly database: AuthDatabase) {}

  /** The caller whom `credential` stands for, if that is known for certain at this moment. */
  find(credential: Credential): Caller | undefined {
    if (this.revision !== this.database.revision) return undefined;
    const caller = this.callers.get(keyOf(credential));
    return caller && !hasExpired(caller) ? caller : undefined;
  }

  /**
   * @param verify looks the caller up in the database.
   * @throws what `verify` throws.
   */
  async findOrVerify(credential: Credential, verify: () => Promise<Caller>): Promise<Caller> {
    const known = this.find(credential);
    if (known) return known;
    // Before the rows are read: what changes meanwhile makes this number an old one.
    const { revision } = this.database;
    const caller = await verify();
    this.remember(credential, caller, revision);
    return caller;
  }

  private remember(credential: Credential, caller: Caller, revision: number): void {
    if (revision !== this.database.revision) return;
    if (revision !== this.revision || this.callers.size >= MOST_CALLERS) this.callers.clear();
    this.revision = revision;
    this.callers.set(keyOf(credential), caller);
  }
}

/** Not the token itself: what is kept for long is no use to whoever gets to see it. */
function keyOf({ kind, token }: Credential): string {
  return hash('sha256', `${kind}:${token}`, 'base64');
}
