import { Injectable } from '@nestjs/common';
import { Databases } from '../../database/databases.js';
import type { RestoreMode, Run } from '../run.entity.js';
import { namesIn, type RunScope } from '../run-scope.js';
import { factsOf } from '../run-facts.js';
import { RestoreRuns } from './restore-runs.js';
import type { RestoreSource } from './sources/restore-source.js';
import { type Staging, StagingService } from './staging.service.js';

export interface SourceFacts {
  mode: RestoreMode;
  /** Users of a backup of FlowG's get new passwords. */
  oneTimePasswords?: boolean;
}

/** The frame of everything that is done with a backup that comes from somewhere: received, staged, and put away whatever comes of it. */
@Injectable()
export class SourceRuns {
  constructor(
    private readonly databases: Databases,
    private readonly runs: RestoreRuns,
    private readonly staging: StagingService,
  ) {}

  /**
   * @param work gets a signal that tells when nobody waits for its result any more.
   * @throws what `RestoreRuns` and `StagingService` throw; Problem CONFLICT, before a byte of the file is read, while a
   *   restore waits for its confirmation that this one would replace.
   */
  async carryOut<T>(
    scope: RunScope,
    source: RestoreSource,
    { mode, oneTimePasswords = false }: SourceFacts,
    work: (staging: Staging, run: Run, signal: AbortSignal) => Promise<T>,
  ): Promise<{ run: Run; result: T }> {
    const { requester, fromBackup } = source;
    const aborted = () => source.aborted();
    const importing = { caller: requester.caller, oneTimePasswords };
    let result: T;
    const run = await this.runs.carryOut(scope, requester, { mode, fromBackup, aborted }, async (begun) => {
      if (mode === 'replace') this.databases.generations.requireConfirmed(namesIn(scope));
      const staging = await this.staging.stage(scope, importing, source);
      try {
        const manifests = staging.staged.map(({ manifest }) => manifest);
        Object.assign(begun, { bytes: staging.bytes, sha256: staging.sha256, ...factsOf(manifests) });
        result = await work(staging, begun, source.gone());
      } finally {
        await staging.discard();
      }
    });
    return { run, result: result! };
  }
}
