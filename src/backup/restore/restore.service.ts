import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { AuthRestorePolicy } from '../../auth/auth-restore-policy.js';
import { Databases } from '../../database/databases.js';
import type { Carried } from '../../logs/merge/carry-over.js';
import type { ImportAnswer } from '../flowg-import/flowg-imports.service.js';
import { failpoint } from '../../failpoints.js';
import { invalidArgument, type Problem } from '../../problems.js';
import type { Requester } from '../requester.js';
import type { Run } from '../run.entity.js';
import { namesIn, type RunScope } from '../run-scope.js';
import { LiveSwitch } from './live-switch.js';
import { NewerLogsService } from './newer-logs.js';
import { RestorePlans } from './restore-plan.js';
import { RestoreRuns } from './restore-runs.js';
import { stagedFacts } from './staged-facts.js';
import { type Staging, StagingService } from './staging.service.js';

export interface RestoreOptions {
  /** The caller has said that it is all right not to be able to come back. */
  allowLockout: boolean;
  /** Logs that were acknowledged since the backup stay. */
  keepNewer: boolean;
  /** Users of a backup of FlowG's get new passwords. */
  oneTimePasswords: boolean;
  /** Unless it is confirmed in so many seconds, the restore undoes itself. */
  confirmWithinSeconds?: number;
  /** Exactly what this preview has shown, or nothing. */
  plan?: string;
}

export interface Restored {
  run: Run;
  /** With `keepNewer`. */
  carried?: Carried;
  /** Only of a file that was FlowG's. */
  imported?: ImportAnswer;
}

/**
 * A restore, step by step. All that takes long happens beside the live databases; only step 5 happens on them.
 * 1. No other restore of the databases is under way, none waits for its confirmation; a row in the catalogue.
 * 2. What is sent becomes generations beside the live ones: `StagingService`.
 * 3. Is it what the plan was made for? For `auth`: who could still get in?
 * 4. What must not be as it was saved is changed; newer logs are copied over, if they are to stay.
 * 5. The switch: writers wait for milliseconds while one rename makes them the live generations.
 * Whatever fails before 5 leaves nothing behind but the row in the catalogue.
 */
@Injectable()
export class RestoreService {
  constructor(
    private readonly databases: Databases,
    private readonly runs: RestoreRuns,
    private readonly staging: StagingService,
    private readonly authPolicy: AuthRestorePolicy,
    private readonly plans: RestorePlans,
    private readonly newerLogs: NewerLogsService,
    private readonly liveSwitch: LiveSwitch,
  ) {}

  async restore(
    scope: RunScope,
    requester: Requester,
    options: RestoreOptions,
    request: Request,
    response: Response,
  ): Promise<Restored> {
    const aborted = () => request.socket.destroyed;
    const { caller } = requester;
    const { oneTimePasswords } = options;
    const restored: Omit<Restored, 'run'> = {};
    const run = await this.runs.carryOut(scope, requester, { mode: 'replace', aborted }, async (begun) => {
      this.databases.generations.requireConfirmed([...namesIn(scope)]);
      const staging = await this.staging.stage(scope, { caller, oneTimePasswords }, request, response);
      try {
        Object.assign(begun, stagedFacts(staging));
        if (staging.imported && options.keepNewer) throw withoutInstant();
        const checkPlan = this.checkOf(scope, staging, options);
        await checkPlan();
        await this.requireAccess(staging, requester, options);
        await this.staging.prepare(staging);
        await failpoint('restore.ready');
        restored.imported = staging.imported;
        restored.carried = await this.switchTo(begun, staging, options, checkPlan);
      } finally {
        await staging.discard();
      }
    });
    return { run, ...restored };
  }

  private async switchTo(
    run: Run,
    { staged }: Staging,
    { keepNewer, confirmWithinSeconds }: RestoreOptions,
    checkPlan: () => Promise<void>,
  ): Promise<Carried | undefined> {
    const newer = keepNewer ? await this.newerLogs.begin(staged, Date.parse(run.instant!)) : undefined;
    let carried: Carried | undefined;
    try {
      await this.liveSwitch.make(run, staged, {
        confirmByMs:
          confirmWithinSeconds === undefined ? undefined : Date.now() + confirmWithinSeconds * 1000,
        beforeSwitch: async () => {
          await checkPlan();
          carried = await newer?.finish();
        },
      });
    } finally {
      newer?.release();
    }
    return carried;
  }

  /** Asked twice: early, so that nobody waits in vain, and when nothing can change any more. */
  private checkOf(
    scope: RunScope,
    { sha256 }: Staging,
    { plan, keepNewer }: RestoreOptions,
  ): () => Promise<void> {
    if (plan === undefined) return () => Promise.resolve();
    const planned = { scope, sha256, keepNewer };
    return async () => {
      this.plans.requireFile(plan, planned);
      await this.plans.requireState(plan, planned);
    };
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

/** What came after a backup cannot be told from what came before it when nobody knows when it was taken. */
function withoutInstant(): Problem {
  return invalidArgument(
    "invalid argument: keep_newer: a backup of FlowG's does not say when it was taken; nothing was changed; with " +
      'mode=merge its logs come to those that are here',
  );
}
