import { Injectable } from '@nestjs/common';
import { Databases } from '../../database/databases.js';
import type { SqliteStagedGeneration } from '../../database/sqlite/staged-generation.js';
import type { Carried } from '../../logs/merge/carry-over.js';
import { CarryOverService } from '../../logs/merge/carry-over.service.js';

/** Logs on their way from the live database into a generation that will replace it. */
export interface NewerLogs {
  /** While nothing is written to the live database. */
  finish(): Promise<Carried>;
  release(): void;
}

/** Keeps what was acknowledged since an instant over a switch that would lose it. */
@Injectable()
export class NewerLogsService {
  constructor(
    private readonly databases: Databases,
    private readonly carryOver: CarryOverService,
  ) {}

  /**
   * Copies most of it, which may take long.
   * @param sinceMs Unix milliseconds.
   * @returns undefined when the logs are not among what is staged.
   */
  async begin(staged: SqliteStagedGeneration[], sinceMs: number): Promise<NewerLogs | undefined> {
    const logs = staged.find(({ database }) => database === 'logs');
    if (!logs) return undefined;
    const held = await this.databases.get('logs').hold();
    try {
      const carrying = await this.carryOver.begin(held, logs, sinceMs);
      return { finish: () => carrying.finish(), release: () => held.release() };
    } catch (error) {
      held.release();
      throw error;
    }
  }
}
