import { Injectable } from '@nestjs/common';
import type { SwitchOptions } from '../../database/generation-switch.js';
import { Databases } from '../../database/databases.js';
import type { SqliteStagedGeneration } from '../../database/sqlite/staged-generation.js';
import { UpkeepService } from '../../logs/streams/upkeep.service.js';
import { CatalogueService } from '../catalogue.service.js';
import type { Run } from '../run.entity.js';

/** The step of a restore or an undo that happens on the live databases. */
@Injectable()
export class LiveSwitch {
  constructor(
    private readonly databases: Databases,
    private readonly catalogue: CatalogueService,
    private readonly logsUpkeep: UpkeepService,
  ) {}

  /** Writes down which generations it will be, then makes them the live ones. */
  async make(
    run: Run,
    staged: SqliteStagedGeneration[],
    options: Omit<SwitchOptions, 'restore'> = {},
  ): Promise<void> {
    const generations = Object.fromEntries(staged.map(({ database, number }) => [database, number]));
    await this.catalogue.note(run, { generations });
    await this.databases.generations.activate(staged, { ...options, restore: run.id });
    // The state may be of the middle of a purge or of building an index: that goes on here.
    if (generations.logs !== undefined) this.logsUpkeep.resume();
  }
}
