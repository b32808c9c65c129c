import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { StagedGeneration } from '../database/database.js';
import type { Caller } from './caller.js';
import { KeptAccessStore, type RenamedRole } from './kept-access.store.js';
import { Passwords } from './passwords.js';

/** A password that is told once and kept nowhere but as its hash. */
export interface OneTimePassword {
  user: string;
  password: string;
}

/** What an auth database that comes from elsewhere needs before it may become the live one. */
@Injectable()
export class ImportedUsersService {
  constructor(
    private readonly access: KeptAccessStore,
    private readonly passwords: Passwords,
  ) {}

  /**
   * Whoever brings it goes on as before: their user, password, roles and tokens come along from the live database.
   * A user of the same name becomes theirs, with what roles and tokens it has besides.
   * @returns roles of theirs that had to take another name, because others have one of that name that grants less.
   */
  async keepAccess(staged: StagedGeneration, caller: Caller): Promise<RenamedRole[]> {
    const access = await this.access.read(caller.user);
    return access ? this.access.add(access, (work) => staged.write(work)) : [];
  }

  /** Gives each of these users a new password. */
  async givePasswords(staged: StagedGeneration, users: string[]): Promise<OneTimePassword[]> {
    const given = users.map((user) => ({ user, password: randomBytes(18).toString('base64url') }));
    const hashed = given.map(async ({ user, password }) => {
      return [user, await this.passwords.hash(password)] as const;
    });
    await this.access.setPasswords(new Map(await Promise.all(hashed)), (work) => staged.write(work));
    return given;
  }
}
