import { Injectable } from '@nestjs/common';
import type { DefinitionNames } from '../../config/take-definitions/definition-names.js';
import { TakeDefinitionsService } from '../../config/take-definitions/take-definitions.service.js';
import type { MergeAnswer } from '../../logs/merge/merge-answer.js';
import { MergeService } from '../../logs/merge/merge.service.js';
import { UpkeepService } from '../../logs/streams/upkeep.service.js';
import type { Run } from '../run.entity.js';
import { SourceRuns } from './source-runs.js';
import type { RestoreSource } from './sources/restore-source.js';

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
    private readonly sources: SourceRuns,
    private readonly merges: MergeService,
    private readonly definitions: TakeDefinitionsService,
    private readonly upkeep: UpkeepService,
  ) {}

  /** Logs that are missing. */
  async merge(
    source: RestoreSource,
    { streams, dryRun }: MergeOptions,
  ): Promise<{ run: Run; merged: MergeAnswer }> {
    const mode = dryRun ? 'preview' : 'merge';
    const { run, result } = await this.sources.carryOut(
      'logs',
      source,
      { mode },
      ({ staged }, _run, signal) =>
        this.merges[dryRun ? 'preview' : 'merge'](staged[0]!, { streams }, signal),
    );
    if (!dryRun) this.upkeep.wake();
    return { run, merged: result };
  }

  /** Single definitions. */
  async take(source: RestoreSource, names: DefinitionNames): Promise<{ run: Run; taken: DefinitionNames }> {
    const { run, result } = await this.sources.carryOut('config', source, { mode: 'only' }, ({ staged }) =>
      this.definitions.take(staged[0]!, names),
    );
    return { run, taken: result.taken };
  }
}
