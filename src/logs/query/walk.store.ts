import type { EntityManager } from 'typeorm';
import { type EntryView, VISIBLE, visibleParameters } from '../entries/entry-view.store.js';
import type { Position } from '../entries/stored-entry.js';
import { countWithin } from '../entries/within-bytes.js';
import type { EntryFilter } from './entry-filter.js';
import { type RecordsText, textColumns, textOf, type TextRow } from './record-text.store.js';

/** Entries that match, before they are read. */
export interface Step {
  /** Their ids as JSON, in the order of answers: a text that SQLite takes back as it is. */
  ids: string;
  matched: number;
  /** So many of them, from the first, have no more than a number of bytes in their fields; at least one. */
  fitting: number;
  /** Of the first `Wanted.texts` of them; undefined when all together have more than `Wanted.bytes`. */
  written?: RecordsText;
  /** There are as many as were wanted, and perhaps more behind them. */
  enough: boolean;
  /** Where the next step begins when there are not enough; undefined when there is nothing behind. */
  end?: Position;
}

/** What is enough for a step: so many entries, and so many bytes of their fields. */
export interface Wanted {
  rows: number;
  bytes: number;
  /** So many of them, from the first, are wanted as text at once: to ask for it is one more trip to the engine. */
  texts: number;
}

/** A piece of SQL with the values of its `?`. */
export interface Part {
  sql: string;
  parameters: unknown[];
}

/**
 * Of a parameter that stands alone behind LIMIT, SQLite (since 3.47) takes the value for its plan, and plans anew each time
 * it is given one, which takes longer than most steps do.
 */
export const LIMIT = 'LIMIT ? + 0';

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
   * @param looked entries to look at, at most.
   */
  async step(manager: EntityManager, last: Position, looked: number, wanted: Wanted): Promise<Step> {
    const places = this.joined(last, Math.max(this.fromMs, this.view.floorMs));
    if (!places) return { ids: '[]', matched: 0, fitting: 0, enough: false };
    const step = await this.matching(manager, places, looked, wanted);
    // Mostly there are enough, and where the look has ended need not be asked for.
    return step.enough ? step : { ...step, end: await placeBehind(manager, places, looked) };
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
   * As one row: the driver takes longer for each row and column than SQLite does. The places come in their order, which
   * the cross join keeps: to have them sorted again would take all that are looked at, where the first may be enough.
   */
  private async matching(
    manager: EntityManager,
    places: Part,
    looked: number,
    wanted: Wanted,
  ): Promise<Omit<Step, 'end'>> {
    const [row] = await manager.query<MatchingRow[]>(
      `WITH found AS MATERIALIZED (
         SELECT json_group_array(id) AS ids, json_group_array(bytes) AS sizes, count(*) AS matched, sum(bytes) AS bytes
         FROM (SELECT id, octet_length(fields) AS bytes FROM (${places.sql} ${LIMIT}) CROSS JOIN entry ON id = place_id
           WHERE ${VISIBLE} AND ${this.filter.sql} ${LIMIT})),
       shown AS (SELECT *, iif(bytes <= ?, min(matched, ?), 0) AS texts FROM found)
       SELECT ids, sizes, matched, bytes, ${textColumns('ids', 'texts')} FROM shown`,
      [
        ...places.parameters,
        looked,
        ...visibleParameters(this.view),
        ...this.filter.parameters,
        wanted.rows,
        wanted.bytes,
        wanted.texts,
      ],
    );
    const { ids, sizes, matched, bytes } = row!;
    const enough = matched === wanted.rows;
    if (bytes <= wanted.bytes) return { ids, matched, fitting: matched, written: textOf(row!), enough };
    return { ids, matched, fitting: countWithin(JSON.parse(sizes) as number[], wanted.bytes), enough };
  }
}

interface MatchingRow extends TextRow {
  ids: string;
  sizes: string;
  matched: number;
  /** Null where nothing matches. */
  bytes: number;
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
