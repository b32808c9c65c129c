import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { AuthRestorePolicy } from '../../auth/auth-restore-policy.js';
import { AuthChangesService } from '../../auth/changes/auth-changes.service.js';
import { ConfigChangesService } from '../../config/changes/config-changes.service.js';
import { Databases } from '../../database/databases.js';
import type { SqliteStagedGeneration } from '../../database/sqlite/staged-generation.js';
import { LogsChangesService } from '../../logs/changes/logs-changes.service.js';
import { Problem } from '../../problems.js';
import { clientGone } from '../client-gone.js';
import type { ImportAnswer } from '../flowg-import/flowg-imports.service.js';
import type { Requester } from '../requester.js';
import type { Run } from '../run.entity.js';
import type { RunScope } from '../run-scope.js';
import { LiveSwitch } from './live-switch.js';
import { type Planned, RestorePlans } from './restore-plan.js';
import { RestoreRuns } from './restore-runs.js';
import { stagedFacts } from './staged-facts.js';
import { type Staging, StagingService } from './staging.service.js';

export interface Preview {
  run: Run;
  /** With it the restore happens exactly as shown, or not at all. */
  plan: string;
  /** By database. */
  changes: Record<string, unknown>;
  /** Whom a restore of auth would lock out; null when it is not about auth. */
  lockout: { nobody_could_administer: boolean; you_could_not_come_back: boolean } | null;
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
    private readonly runs: RestoreRuns,
    private readonly staging: StagingService,
    private readonly plans: RestorePlans,
    private readonly authPolicy: AuthRestorePolicy,
    private readonly authChanges: AuthChangesService,
    private readonly configChanges: ConfigChangesService,
    private readonly logsChanges: LogsChangesService,
    private readonly liveSwitch: LiveSwitch,
  ) {}

  async preview(
    scope: RunScope,
    requester: Requester,
    keepNewer: boolean,
    request: Request,
    response: Response,
  ): Promise<Preview> {
    let found: Omit<Preview, 'run'>;
    const aborted = () => request.socket.destroyed;
    const run = await this.runs.carryOut(scope, requester, { mode: 'preview', aborted }, async (begun) => {
      const importing = { caller: requester.caller, oneTimePasswords: false };
      const staging = await this.staging.stage(scope, importing, request, response);
      try {
        Object.assign(begun, stagedFacts(staging));
        const planned = { scope, sha256: staging.sha256, keepNewer };
        found = await this.look(planned, staging, requester, clientGone(response));
      } finally {
        await staging.discard();
      }
    });
    return { run, ...found! };
  }

  private async look(
    planned: Planned,
    { staged, imported }: Staging,
    requester: Requester,
    signal: AbortSignal,
  ): Promise<Omit<Preview, 'run'>> {
    // Before the comparison: what changes while it goes on is not in it, and must not be in the plan.
    const plan = await this.plans.planFor(planned);
    const changes: Record<string, unknown> = {};
    for (const one of staged) changes[one.database] = await this.changesOf(one, signal);
    const auth = staged.find(({ database }) => database === 'auth');
    const lockout = auth ? await this.lockoutOf(auth, requester) : null;
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

  private async lockoutOf(auth: SqliteStagedGeneration, { caller }: Requester) {
    return {
      nobody_could_administer: await isRefused(this.authPolicy.requireAdministrator(auth)),
      you_could_not_come_back: await isRefused(this.authPolicy.requireWayBack(auth, caller)),
    };
  }
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
