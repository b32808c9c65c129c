import { Injectable } from '@nestjs/common';
import { AuthChangesService } from '../../auth/changes/auth-changes.service.js';
import { ConfigChangesService } from '../../config/changes/config-changes.service.js';
import { Databases } from '../../database/databases.js';
import type { SqliteStagedGeneration } from '../../database/sqlite/staged-generation.js';
import { LogsChangesService } from '../../logs/changes/logs-changes.service.js';
import type { ImportAnswer } from '../flowg-import/flowg-imports.service.js';
import type { Requester } from '../requester.js';
import type { Run } from '../run.entity.js';
import type { RunScope } from '../run-scope.js';
import { LiveSwitch } from './live-switch.js';
import { Lockout, type LockoutAnswer } from './lockout.js';
import { type Planned, RestorePlans } from './restore-plan.js';
import type { Staging } from './staging.service.js';
import { SourceRuns } from './source-runs.js';
import type { RestoreSource } from './sources/restore-source.js';

export interface Preview {
  run: Run;
  /** With it the restore happens exactly as shown, or not at all. */
  plan: string;
  /** By database. */
  changes: Record<string, unknown>;
  /** Whom a restore of auth would lock out; null when it is not about auth. */
  lockout: LockoutAnswer | null;
  /** Only of a file that is FlowG's. */
  imported?: ImportAnswer;
  /** How long writers would wait, milliseconds, by what the last switches took. */
  switchMs: number;
}

/** Receives and checks what would be restored, and tells what would be different afterwards. Touches nothing. */
@Injectable()
export class PreviewService {
  constructor(
    private readonly databases: Databases,
    private readonly sources: SourceRuns,
    private readonly plans: RestorePlans,
    private readonly lockout: Lockout,
    private readonly authChanges: AuthChangesService,
    private readonly configChanges: ConfigChangesService,
    private readonly logsChanges: LogsChangesService,
    private readonly liveSwitch: LiveSwitch,
  ) {}

  async preview(scope: RunScope, source: RestoreSource, keepNewer: boolean): Promise<Preview> {
    const { run, result } = await this.sources.carryOut(
      scope,
      source,
      { mode: 'preview' },
      (staging, _run, signal) => {
        const planned = { scope, sha256: staging.sha256, keepNewer };
        return this.look(planned, staging, source.requester, signal);
      },
    );
    return { run, ...result };
  }

  private async look(
    planned: Planned,
    { staged, imported }: Staging,
    { caller }: Requester,
    signal: AbortSignal,
  ): Promise<Omit<Preview, 'run'>> {
    // Before the comparison: what changes while it goes on is not in it, and must not be in the plan.
    const plan = await this.plans.planFor(planned);
    const changes: Record<string, unknown> = {};
    for (const one of staged) changes[one.database] = await this.changesOf(one, signal);
    const lockout = await this.lockout.tell(staged, caller);
    return { plan, changes, lockout, imported, switchMs: this.liveSwitch.expectedMs };
  }

  private async changesOf(staged: SqliteStagedGeneration, signal: AbortSignal): Promise<unknown> {
    const live = await this.databases.get(staged.database).hold();
    try {
      if (staged.database === 'auth') return await this.authChanges.between(live, staged);
      if (staged.database === 'config') return await this.configChanges.between(live, staged);
      return await this.logsChanges.between(live, staged, signal);
    } finally {
      live.release();
    }
  }
}
