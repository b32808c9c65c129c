import type { DatabaseDefinition } from '#src/database/database-definition.js';
import { stagedInMemory, type StagedInMemory } from '../support/staged-in-memory.js';

/** Two databases of one kind, to be compared: made once, filled anew for each case. */
export class TwoSides {
  private constructor(
    readonly before: StagedInMemory,
    readonly after: StagedInMemory,
    private readonly tables: readonly string[],
  ) {}

  /** @param tables in the order in which they can be emptied. */
  static async create(definition: DatabaseDefinition, tables: readonly string[]): Promise<TwoSides> {
    return new TwoSides(await stagedInMemory(definition), await stagedInMemory(definition), tables);
  }

  /** Both sides for `between`. */
  get sides() {
    return [this.before.generation, this.after.generation] as const;
  }

  async clear(): Promise<void> {
    for (const side of [this.before, this.after])
      for (const table of this.tables) await side.query(`DELETE FROM ${table}`);
  }

  async close(): Promise<void> {
    await this.before.close();
    await this.after.close();
  }
}

/** Puts rows, whole or by their first columns, into a table. */
export async function insertRows(
  side: StagedInMemory,
  table: string,
  rows: readonly (readonly unknown[])[],
): Promise<void> {
  for (const row of rows)
    await side.query(`INSERT INTO ${table} VALUES (${row.map(() => '?').join()})`, [...row]);
}

/** Names whose order is not the same by halves of surrogate pairs, by bytes, and by what a person expects. */
export const NAMES = ['a', 'B', 'a/b', '__proto__', 'é', '\uffee', '🙂', 'constructor'];
