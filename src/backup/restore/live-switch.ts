import { Injectable } from '@nestjs/common';
import type { SwitchOptions } from '../../database/generation-switch.js';
import { Databases } from '../../database/databases.js';
import type { SqliteStagedGeneration } from '../../database/sqlite/staged-generation.js';
import { UpkeepService } from '../../logs/streams/upkeep.service.js';
import { CatalogueService } from '../catalogue.service.js';
import type { Run } from '../run.entity.js';

/** Of a server that has not made one yet: measured, two fsyncs on a slow disk. */
const UNKNOWN_MILLISECONDS = 20;
const REMEMBERED = 10;

/** The step of a restore or an undo that happens on the live databases. */
@Injectable()
export class LiveSwitch {
  private readonly lastMs: number[] = [];

  constructor(
    private readonly databases: Databases,
    private readonly catalogue: CatalogueService,
    private readonly logsUpkeep: UpkeepService,
  ) {}

  /** How long a switch will keep writers waiting, milliseconds: as long as the slowest of the last ones. */
  get expectedMs(): number {
    return this.lastMs.length > 0 ? Math.max(...this.lastMs) : UNKNOWN_MILLISECONDS;
  }

  /** Writes down which generations it will be, then makes them the live ones. */
  async make(
    run: Run,
    staged: SqliteStagedGeneration[],
    options: Omit<SwitchOptions, 'restore'> = {},
  ): Promise<void> {
    const generations = Object.fromEntries(staged.map(({ database, number }) => [database, number]));
    await this.catalogue.note(run, { generations });
    const begun = performance.now();
    await this.databases.generations.activate(staged, { ...options, restore: run.id });
    this.remember(Math.ceil(performance.now() - begun));
    // The state may be of the middle of a purge or of building an index: that goes on here.
    if (generations.logs !== undefined) this.logsUpkeep.resume();
  }

  private remember(milliseconds: number): void {
    this.lastMs.push(milliseconds);
    if (this.lastMs.length > REMEMBERED) this.lastMs.shift();
  }
}
