import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { AuthRestorePolicy } from '../../auth/auth-restore-policy.js';
import { Databases } from '../../database/databases.js';
import type { Requester } from '../requester.js';
import type { Run } from '../run.entity.js';
import { namesIn, type RunScope } from '../run-scope.js';
import { LiveSwitch } from './live-switch.js';
import { RestoreRuns } from './restore-runs.js';
import { type Staging, StagingService } from './staging.service.js';
import { stagedFacts } from './staged-facts.js';

export interface RestoreOptions {
  /** The caller has said that it is all right not to be able to come back. */
  allowLockout: boolean;
  /** Unless it is confirmed in so many seconds, the restore undoes itself. */
  confirmWithinSeconds?: number;
}

/**
 * A restore, step by step. All that takes long happens beside the live databases; only step 4 happens on them.
 * 1. No other restore of the databases is under way, none waits for its confirmation; a row in the catalogue.
 * 2. What is sent becomes generations beside the live ones: `StagingService`.
 * 3. For `auth`: who could still get in?
 * 4. The switch: writers wait for milliseconds while one rename makes them the live generations.
 * Whatever fails before 4 leaves nothing behind but the row in the catalogue.
 */
@Injectable()
export class RestoreService {
  constructor(
    private readonly databases: Databases,
    private readonly runs: RestoreRuns,
    private readonly staging: StagingService,
    private readonly authPolicy: AuthRestorePolicy,
    private readonly liveSwitch: LiveSwitch,
  ) {}

  restore(
    scope: RunScope,
    requester: Requester,
    options: RestoreOptions,
    request: Request,
    response: Response,
  ): Promise<Run> {
    const aborted = () => request.socket.destroyed;
    return this.runs.carryOut(scope, requester, { mode: 'replace', aborted }, async (run) => {
      this.databases.generations.requireConfirmed([...namesIn(scope)]);
      const staging = await this.staging.stage(scope, request, response);
      try {
        Object.assign(run, stagedFacts(staging));
        await this.requireAccess(staging, requester, options);
        await this.staging.prepare(staging);
        await this.liveSwitch.make(run, staging.staged, { confirmByMs: confirmBy(options) });
      } finally {
        await staging.discard();
      }
    });
  }

  private async requireAccess(
    { staged }: Staging,
    { caller }: Requester,
    { allowLockout }: RestoreOptions,
  ): Promise<void> {
    const auth = staged.find(({ database }) => database === 'auth');
    if (!auth) return;
    await this.authPolicy.requireAdministrator(auth);
    if (!allowLockout) await this.authPolicy.requireWayBack(auth, caller);
  }
}

function confirmBy({ confirmWithinSeconds }: RestoreOptions): number | undefined {
  return confirmWithinSeconds === undefined ? undefined : Date.now() + confirmWithinSeconds * 1000;
}
