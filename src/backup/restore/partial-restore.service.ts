import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { DefinitionNames } from '../../config/take-definitions/definition-names.js';
import { TakeDefinitionsService } from '../../config/take-definitions/take-definitions.service.js';
import type { RestorableName } from '../../database/database.js';
import type { SqliteStagedGeneration } from '../../database/sqlite/staged-generation.js';
import type { MergeAnswer } from '../../logs/merge/merge-answer.js';
import { MergeService } from '../../logs/merge/merge.service.js';
import { UpkeepService } from '../../logs/streams/upkeep.service.js';
import { clientGone } from '../client-gone.js';
import type { Requester } from '../requester.js';
import type { RestoreMode, Run } from '../run.entity.js';
import { RestoreRuns } from './restore-runs.js';
import { stagedFacts } from './staged-facts.js';
import { StagingService } from './staging.service.js';

export interface MergeOptions {
  /** Names of streams; left out: all that the backup has. */
  streams?: string[];
  /** Tells what would be merged, and merges nothing. */
  dryRun: boolean;
}

/** Restores that put something out of a backup into the live database, and leave the rest of it as it is. */
@Injectable()
export class PartialRestoreService {
  constructor(
    private readonly runs: RestoreRuns,
    private readonly staging: StagingService,
    private readonly merges: MergeService,
    private readonly definitions: TakeDefinitionsService,
    private readonly upkeep: UpkeepService,
  ) {}

  /** Logs that are missing. */
  async merge(
    requester: Requester,
    { streams, dryRun }: MergeOptions,
    request: Request,
    response: Response,
  ): Promise<{ run: Run; merged: MergeAnswer }> {
    const mode = dryRun ? 'preview' : 'merge';
    const { run, result } = await this.carryOut(
      'logs',
      mode,
      requester,
      request,
      response,
      (staged, signal) =>
        dryRun
          ? this.merges.preview(staged, { streams }, signal)
          : this.merges.merge(staged, { streams }, signal),
    );
    if (!dryRun) this.upkeep.wake();
    return { run, merged: result };
  }

  /** Single definitions. */
  async take(
    requester: Requester,
    names: DefinitionNames,
    request: Request,
    response: Response,
  ): Promise<{ run: Run; taken: DefinitionNames }> {
    const { run, result } = await this.carryOut('config', 'only', requester, request, response, (staged) =>
      this.definitions.take(staged, names),
    );
    return { run, taken: result.taken };
  }

  private async carryOut<T>(
    name: RestorableName,
    mode: RestoreMode,
    requester: Requester,
    request: Request,
    response: Response,
    work: (staged: SqliteStagedGeneration, signal: AbortSignal) => Promise<T>,
  ): Promise<{ run: Run; result: T }> {
    const aborted = () => request.socket.destroyed;
    let result: T;
    const run = await this.runs.carryOut(name, requester, { mode, aborted }, async (begun) => {
      const importing = { caller: requester.caller, oneTimePasswords: false };
      const staging = await this.staging.stage(name, importing, request, response);
      try {
        Object.assign(begun, stagedFacts(staging));
        result = await work(staging.staged[0]!, clientGone(response));
      } finally {
        await staging.discard();
      }
    });
    return { run, result: result! };
  }
}
