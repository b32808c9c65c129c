import type { EntityManager } from 'typeorm';
import type { LogsDatabase } from '../logs.database.js';

/** What a request that comes behind a piece may wait for it: about as long as one commit takes. */
const WANTED_MILLISECONDS = 5;
const FEWEST_ROWS = 50;
const FIRST_ROWS = 200;
const MOST_ROWS = 5000;

/**
 * Long work on rows in pieces, a transaction each, as large as they may be without others waiting for long. How long a row
 * takes depends on the disk and on where its places in the indexes lie, so the size of a piece follows from the one before.
 */
export class ShortWrites {
  private rows = FIRST_ROWS;

  constructor(private readonly database: LogsDatabase) {}

  /** @param work gets the number of rows that its piece should have. */
  async write<T>(work: (manager: EntityManager, rows: number) => Promise<T>): Promise<T> {
    const { rows } = this;
    let begun = 0;
    const result = await this.database.write((manager) => {
      begun = performance.now();
      return work(manager, rows);
    });
    // With the commit, which may be most of it, and without the turn that was waited for.
    const factor = WANTED_MILLISECONDS / (performance.now() - begun);
    const fitting = Math.round(rows * Math.min(2, Math.max(0.5, factor)));
    this.rows = Math.min(MOST_ROWS, Math.max(FEWEST_ROWS, fitting));
    return result;
  }
}
