import { Injectable } from '@nestjs/common';
import type { RestorableName } from '../../database/database.js';
import { Problem } from '../../problems.js';

/** One restore of a database at a time: the second one is told about the first instead of waiting for it. */
@Injectable()
export class RunningRestores {
  private readonly running = new Map<RestorableName, Date>();

  /** @throws Problem CONFLICT while another restore of one of the databases is under way. */
  async alone<T>(names: readonly RestorableName[], task: () => Promise<T>): Promise<T> {
    const busy = names.find((name) => this.running.has(name));
    if (busy) {
      throw new Problem(
        'CONFLICT',
        `a restore of ${busy} is running since ${this.running.get(busy)!.toISOString()}: try again when it has ended`,
      );
    }
    for (const name of names) this.running.set(name, new Date());
    try {
      return await task();
    } finally {
      for (const name of names) this.running.delete(name);
    }
  }
}
