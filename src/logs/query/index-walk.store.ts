import type { EntityManager } from 'typeorm';
import { indexedPart } from '../entries/field-value.js';
import { VISIBLE, visibleParameters } from '../entries/entry-view.store.js';
import type { Position } from '../entries/stored-entry.js';
import { type Key, type Step, Walk } from './walk.store.js';

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

  async isUsable(manager: EntityManager): Promise<boolean> {
    const ids = new Set(this.values.map(({ indexId }) => indexId));
    const [row] = await manager.query<{ n: number }[]>(
      'SELECT count(*) AS n FROM stream_index WHERE field IS NOT NULL AND id IN (SELECT value FROM json_each(?))',
      [JSON.stringify([...ids])],
    );
    return row!.n === ids.size;
  }

  async step(manager: EntityManager, last: Position, most: number): Promise<Step> {
    const places = new Map<number, Position>();
    for (const value of this.values)
      for (const place of await this.placesOf(manager, value, last, most)) places.set(place.id, place);
    // The first `most` of all are among the first `most` of each.
    const next = [...places.values()].toSorted(newestFirst).slice(0, most);
    const keys = await this.keysOf(
      manager,
      next.map(({ id }) => id),
    );
    return next.length < most ? { keys } : { keys, end: next.at(-1)! };
  }

  /** In two parts for the reason that `TimeWalk` gives. */
  private async placesOf(
    manager: EntityManager,
    { indexId, value }: IndexedValue,
    last: Position,
    most: number,
  ): Promise<Position[]> {
    const columns = `SELECT timestamp_ms AS timestampMs, entry_id AS id FROM indexed_value WHERE ${UNDER_VALUE}`;
    const places = await manager.query<Position[]>(
      `${columns} AND timestamp_ms = ? AND entry_id < ? ORDER BY entry_id DESC LIMIT ?`,
      [indexId, value, last.timestampMs, last.id, most],
    );
    if (places.length === most) return places;
    const older = await manager.query<Position[]>(
      `${columns} AND timestamp_ms >= ? AND timestamp_ms < ? ORDER BY timestamp_ms DESC, entry_id DESC LIMIT ?`,
      [indexId, value, this.fromMs, last.timestampMs, most - places.length],
    );
    return [...places, ...older];
  }

  private keysOf(manager: EntityManager, ids: number[]): Promise<Key[]> {
    return manager.query<Key[]>(
      `SELECT id, timestamp_ms AS timestampMs, octet_length(fields) AS bytes FROM entry
       WHERE id IN (SELECT value FROM json_each(?)) AND ${VISIBLE} AND ${this.filter.sql}
       ORDER BY timestamp_ms DESC, id DESC`,
      [JSON.stringify(ids), ...visibleParameters(this.view), ...this.filter.parameters],
    );
  }
}

function newestFirst(a: Position, b: Position): number {
  return b.timestampMs - a.timestampMs || b.id - a.id;
}
