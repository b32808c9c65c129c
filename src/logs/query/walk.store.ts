import type { EntityManager } from 'typeorm';
import { type EntryView, VISIBLE, visibleParameters } from '../entries/entry-view.store.js';
import { newestFirst, type Position } from '../entries/stored-entry.js';
import type { EntryFilter } from './entry-filter.js';

/** An entry that matches, before it is read. */
export interface Key extends Position {
  /** Of its fields. */
  bytes: number;
}

export interface Step {
  /** In the order of answers. */
  keys: Key[];
  /** Where the next step begins; undefined when there is nothing behind. */
  end?: Position;
}

/** A piece of SQL with the values of its `?`. */
export interface Part {
  sql: string;
  parameters: unknown[];
}

const NEWEST_FIRST = 'ORDER BY place_ms DESC, place_id DESC';

/**
 * Goes through a view from the newest entry to the oldest. Each step looks at a bounded number of entries, whether they
 * match or not, so that it is a short transaction however rare the matches are.
 */
export abstract class Walk {
  constructor(
    protected readonly view: EntryView,
    /** Nothing older than this is wanted, Unix milliseconds. */
    private readonly fromMs: number,
    private readonly filter: EntryFilter,
  ) {}

  /** False when what it goes by is not there any more: between two steps an index may have been given up. */
  abstract isUsable(manager: EntityManager): Promise<boolean>;

  /** How the parts of `places` are put together: `UNION` where they may have an entry in common. */
  protected abstract readonly union: 'UNION' | 'UNION ALL';

  /** Statements for the places (`place_ms`, `place_id`) behind `last`, down to a time, each read off an index in its order. */
  protected abstract places(last: Position, oldestMs: number): Part[];

  /**
   * @param last the position behind which the step begins.
   * @param looked entries to look at, at most. @param wanted keys that are enough.
   */
  async step(manager: EntityManager, last: Position, looked: number, wanted: number): Promise<Step> {
    const places = this.joined(last, Math.max(this.fromMs, this.view.floorMs));
    if (!places) return { keys: [] };
    const keys = await this.keysOf(manager, places, looked, wanted);
    // Mostly there are enough, and where the look has ended need not be asked for.
    return { keys, end: keys.length === wanted ? keys.at(-1) : await placeBehind(manager, places, looked) };
  }

  private joined(last: Position, oldestMs: number): Part | undefined {
    const parts = this.places(last, oldestMs);
    if (parts.length === 0) return undefined;
    return {
      sql: `${parts.map(({ sql }) => sql).join(` ${this.union} `)} ${NEWEST_FIRST}`,
      parameters: parts.flatMap(({ parameters }) => parameters),
    };
  }

  /**
   * As one text: the driver takes longer for each row and column than SQLite does. The places come in their order, which
   * the cross join keeps: to have them sorted again would take all that are looked at, where the first may be enough.
   */
  private async keysOf(manager: EntityManager, places: Part, looked: number, wanted: number): Promise<Key[]> {
    const [row] = await manager.query<{ keys: string }[]>(
      `SELECT json_group_array(json_array(place_ms, place_id, bytes)) AS keys FROM (
         SELECT place_ms, place_id, octet_length(fields) AS bytes
         FROM (${places.sql} LIMIT ?) CROSS JOIN entry ON id = place_id
         WHERE ${VISIBLE} AND ${this.filter.sql} LIMIT ?)`,
      [...places.parameters, looked, ...visibleParameters(this.view), ...this.filter.parameters, wanted],
    );
    const keys = JSON.parse(row!.keys) as [number, number, number][];
    return keys.map(([timestampMs, id, bytes]) => ({ timestampMs, id, bytes })).toSorted(newestFirst);
  }
}

/** The last of the next `looked` places, read off the indexes alone. */
async function placeBehind(
  manager: EntityManager,
  places: Part,
  looked: number,
): Promise<Position | undefined> {
  const [place] = await manager.query<Position[]>(
    `SELECT place_ms AS timestampMs, place_id AS id FROM (${places.sql} LIMIT 1 OFFSET ?)`,
    [...places.parameters, looked - 1],
  );
  return place;
}

/**
 * Conditions for what lies behind `last` and is no older than `oldestMs`: first the rest of the millisecond, then what is
 * older. In one, `(timestamp_ms, id) < (?, ?)`, SQLite would not use the index for the id and look at the whole millisecond
 * again for each step. Each has one lower and one upper bound: of several, SQLite takes the first for its index, not the best.
 * @param id the column that has the id of the entry.
 */
export function between(last: Position, oldestMs: number, id: string): Part[] {
  const sameMillisecond = {
    sql: `timestamp_ms = ? AND ${id} < ?`,
    parameters: [last.timestampMs, last.id],
  };
  const older = {
    sql: 'timestamp_ms >= ? AND timestamp_ms < ?',
    parameters: [oldestMs, last.timestampMs],
  };
  // Nothing of its millisecond is behind the beginning of a window.
  return last.id > 0 ? [sameMillisecond, older] : [older];
}
