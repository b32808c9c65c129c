import { Injectable } from '@nestjs/common';
import type { Carried } from '../../logs/merge/carry-over.js';
import type { ImportAnswer } from '../flowg-import/flowg-imports.service.js';
import { failpoint } from '../../failpoints.js';
import { invalidArgument, type Problem } from '../../problems.js';
import type { Run } from '../run.entity.js';
import type { RunScope } from '../run-scope.js';
import { LiveSwitch } from './live-switch.js';
import { Lockout } from './lockout.js';
import { NewerLogsService } from './newer-logs.js';
import { RestorePlans } from './restore-plan.js';
import { type Staging, StagingService } from './staging.service.js';
import { SourceRuns } from './source-runs.js';
import type { RestoreSource } from './sources/restore-source.js';

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
 * 2. What is sent, or was stored, becomes generations beside the live ones: `StagingService`.
 * 3. Is it what the plan was made for? For `auth`: who could still get in?
 * 4. What must not be as it was saved is changed; newer logs are copied over, if they are to stay.
 * 5. The switch: writers wait for milliseconds while one rename makes them the live generations.
 * Whatever fails before 5 leaves nothing behind but the row in the catalogue.
 */
@Injectable()
export class RestoreService {
  constructor(
    private readonly sources: SourceRuns,
    private readonly staging: StagingService,
    private readonly lockout: Lockout,
    private readonly plans: RestorePlans,
    private readonly newerLogs: NewerLogsService,
    private readonly liveSwitch: LiveSwitch,
  ) {}

  async restore(scope: RunScope, source: RestoreSource, options: RestoreOptions): Promise<Restored> {
    const { oneTimePasswords, allowLockout, keepNewer } = options;
    const facts = { mode: 'replace', oneTimePasswords } as const;
    const { run, result } = await this.sources.carryOut(scope, source, facts, async (staging, begun) => {
      const { staged, imported } = staging;
      if (imported && keepNewer) throw withoutInstant();
      const checkPlan = this.checkOf(scope, staging, options);
      await checkPlan();
      await this.lockout.refuse(staged, source.requester.caller, allowLockout);
      await this.staging.prepare(staging);
      await failpoint('restore.ready');
      return { imported, carried: await this.switchTo(begun, staging, options, checkPlan) };
    });
    return { run, ...result };
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
    return () => this.plans.requireUnchanged(plan, { scope, sha256, keepNewer });
  }
}

/** What came after a backup cannot be told from what came before it when nobody knows when it was taken. */
function withoutInstant(): Problem {
  return invalidArgument(
    "invalid argument: keep_newer: a backup of FlowG's does not say when it was taken; nothing was changed; with " +
      'mode=merge its logs come to those that are here',
  );
}
