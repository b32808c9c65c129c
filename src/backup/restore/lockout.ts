import { Injectable } from '@nestjs/common';
import { AuthRestorePolicy } from '../../auth/auth-restore-policy.js';
import type { Caller } from '../../auth/caller.js';
import type { StagedGeneration } from '../../database/database.js';
import { Problem } from '../../problems.js';

/** Whom a restore of auth would keep out. */
export interface LockoutAnswer {
  nobody_could_administer: boolean;
  you_could_not_come_back: boolean;
}

/** Looks at who could still get in when these generations were the live ones; without auth among them nothing changes. */
@Injectable()
export class Lockout {
  constructor(private readonly authPolicy: AuthRestorePolicy) {}

  /** @throws Problem CONFLICT, for the caller unless `allowed`, for everybody in any case. */
  async refuse(staged: StagedGeneration[], caller: Caller, allowed: boolean): Promise<void> {
    const auth = authOf(staged);
    if (!auth) return;
    await this.authPolicy.requireAdministrator(auth);
    if (!allowed) await this.authPolicy.requireWayBack(auth, caller);
  }

  /** @returns null when it is not about auth. */
  async tell(staged: StagedGeneration[], caller: Caller): Promise<LockoutAnswer | null> {
    const auth = authOf(staged);
    if (!auth) return null;
    return {
      nobody_could_administer: await isRefused(this.authPolicy.requireAdministrator(auth)),
      you_could_not_come_back: await isRefused(this.authPolicy.requireWayBack(auth, caller)),
    };
  }
}

function authOf(staged: StagedGeneration[]): StagedGeneration | undefined {
  return staged.find(({ database }) => database === 'auth');
}

async function isRefused(check: Promise<void>): Promise<boolean> {
  try {
    await check;
    return false;
  } catch (error) {
    if (error instanceof Problem && error.code === 'CONFLICT') return true;
    throw error;
  }
}
