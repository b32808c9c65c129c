import type { EntityManager } from 'typeorm';
import type { LogsDatabase } from '../logs.database.js';

/** What a request that comes behind a piece may wait for it: about as long as a few commits take. */
const WANTED_MILLISECONDS = 2;
const FEWEST_ROWS = 20;
const FIRST_ROWS = 100;
const MOST_ROWS = 5000;

/**
 * Long work on rows in pieces, a transaction each, as large as they may be without others waiting for long. How long a row
 * takes depends on the disk and on where its places in the indexes lie, so the size of a piece follows from the one before.
 */
export class ShortWrites {
  private rows = FIRST_ROWS;

  constructor(private readonly database: LogsDatabase) {}

  /**
   * A piece of work, looked for while others write, and then done in one trip to the engine: most of what others wait for
   * otherwise is the way there and back, again and again. Those who append go on by what they remember (`AppendPoint`): it
   * must stay true.
   * @param look gets the number of rows that its piece should have. What it returns is SQL, which has to see for itself
   * that it is still right when its turn has come: there may even be another database then. Nothing: there is no piece.
   * @returns whether there was one.
   */
  async piece(look: (manager: EntityManager, rows: number) => Promise<string | undefined>): Promise<boolean> {
    const { rows } = this;
    const sql = await this.database.read((manager) => look(manager, rows));
    if (sql === undefined) return false;
    let begun = 0;
    await this.database.writeUnseen(() => {
      begun = performance.now();
      return sql;
    });
    this.learn(rows, performance.now() - begun);
    return true;
  }

  /** @param milliseconds with the commit, which may be most of it, and without the turn that was waited for. */
  private learn(rows: number, milliseconds: number): void {
    const factor = WANTED_MILLISECONDS / milliseconds;
    const fitting = Math.round(rows * Math.min(2, Math.max(0.5, factor)));
    this.rows = Math.min(MOST_ROWS, Math.max(FEWEST_ROWS, fitting));
  }
}
