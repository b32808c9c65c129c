import { Injectable } from '@nestjs/common';
import type { RestorableName } from '../database/database.js';
import { Problem } from '../problems.js';

/** One restore of a database at a time: the second one is told about the first instead of waiting for it. */
@Injectable()
export class RunningRestores {
  private readonly running = new Map<RestorableName, Date>();

  /** @throws Problem CONFLICT while another restore of the database is under way. */
  async alone<T>(name: RestorableName, task: () => Promise<T>): Promise<T> {
    const since = this.running.get(name);
    if (since) {
      throw new Problem(
        'CONFLICT',
        `a restore of ${name} is running since ${since.toISOString()}: try again when it has ended`,
      );
    }
    this.running.set(name, new Date());
    try {
      return await task();
    } finally {
      this.running.delete(name);
    }
  }
}
