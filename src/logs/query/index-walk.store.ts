import type { EntityManager } from 'typeorm';
import { indexedPart } from '../entries/field-value.js';
import type { Position } from '../entries/stored-entry.js';
import { between, type Part, Walk } from './walk.store.js';

/** One value in one index: in it are all entries that have this value, and some that only begin with it. */
export interface IndexedValue {
  indexId: number;
  value: string;
}

/** SQL that is true for what an index has under a value; its parameters are the id and the value. */
export const UNDER_VALUE = `index_id = ? AND value = ${indexedPart('?')}`;

/** Looks at the entries that an index has under a few values, of which each match has one. */
export class IndexWalk extends Walk {
  constructor(
    private readonly values: IndexedValue[],
    ...rest: ConstructorParameters<typeof Walk>
  ) {
    super(...rest);
  }

  /** An entry may have several of the values. */
  protected get union() {
    return this.values.length > 1 ? 'UNION' : 'UNION ALL';
  }

  async isUsable(manager: EntityManager): Promise<boolean> {
    const ids = new Set(this.values.map(({ indexId }) => indexId));
    const [row] = await manager.query<{ n: number }[]>(
      'SELECT count(*) AS n FROM stream_index WHERE field IS NOT NULL AND id IN (SELECT value FROM json_each(?))',
      [JSON.stringify([...ids])],
    );
    return row!.n === ids.size;
  }

  protected places(last: Position, oldestMs: number): Part[] {
    const conditions = between(last, oldestMs, 'entry_id');
    return this.values.flatMap(({ indexId, value }) =>
      conditions.map(({ sql, parameters }) => ({
        sql: `SELECT timestamp_ms AS place_ms, entry_id AS place_id FROM indexed_value
              WHERE ${UNDER_VALUE} AND ${sql}`,
        parameters: [indexId, value, ...parameters],
      })),
    );
  }
}
