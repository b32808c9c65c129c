import type { EntityManager } from 'typeorm';
import {
  type EntryView,
  isStillThere,
  viewBehind,
  VISIBLE,
  visibleParameters,
} from '../entries/entry-view.store.js';
import { type Position, STORED_ENTRY, type StoredEntry } from '../entries/stored-entry.js';
import { withinBytes } from '../entries/within-bytes.js';
import type { Instant } from '../instant.js';
import type { StreamState } from './stream-states.store.js';
import type { WalkSizes } from './walk-sizes.js';

/** Whole milliseconds: those behind `afterMs`, up to and with `toMs`. */
export interface Window {
  afterMs: number;
  toMs: number;
}

/** What one side has in a window. */
export interface WindowContent {
  count: number;
  /** Bytes of all fields. */
  bytes: number;
}

export const NOTHING: WindowContent = { count: 0, bytes: 0 };

/** The time of the entry that comes `most`th behind a millisecond, seen or not; undefined where there are fewer. */
export async function endOfWindow(
  { view, rows }: StreamState,
  afterMs: number,
  most: number,
): Promise<number | undefined> {
  const [place] = await rows.read((manager) =>
    manager.query<{ ms: number }[]>(
      `SELECT timestamp_ms AS ms FROM entry WHERE stream_id = ? AND timestamp_ms > ?
       ORDER BY timestamp_ms LIMIT 1 OFFSET ?`,
      [view.streamId, Math.max(afterMs, view.floorMs - 1), most - 1],
    ),
  );
  return place?.ms;
}

export function contentOf(state: StreamState, window: Window): Promise<WindowContent> {
  return reading(state, window, NOTHING, async (manager, parameters) => {
    const [content] = await manager.query<WindowContent[]>(
      `SELECT count(*) AS count, coalesce(sum(octet_length(fields)), 0) AS bytes FROM entry WHERE ${IN_WINDOW}`,
      parameters,
    );
    return content!;
  });
}

/**
 * One text, as long as all the fields: where it is the same for two windows, they hold the same entries, whatever their ids.
 * SQLite makes it, so that entries which nobody asks for never become objects. It comes in the order in which the entries
 * lie in the index, so two windows that differ in nothing but the order inside a millisecond have different texts.
 */
export function textOf(state: StreamState, window: Window): Promise<string> {
  return reading(state, window, '', async (manager, parameters) => {
    const [row] = await manager.query<{ text: string | null }[]>(
      `SELECT group_concat(timestamp_ms || ' ' || sub_ns || ' ' || octet_length(fields) || ':' || fields, '') AS text
       FROM entry WHERE ${IN_WINDOW}`,
      parameters,
    );
    return row?.text ?? '';
  });
}

/** The first and the last instant in a window; undefined where it is empty. */
export function endsOf(state: StreamState, window: Window): Promise<[Instant, Instant] | undefined> {
  return reading(state, window, undefined, async (manager, parameters) => {
    const instant = async (ms: 'min' | 'max') => {
      const [row] = await manager.query<Instant[]>(
        `SELECT timestamp_ms AS timestampMs, ${ms}(sub_ns) AS subNs FROM entry
         WHERE ${IN_WINDOW} AND timestamp_ms = (SELECT ${ms}(timestamp_ms) FROM entry WHERE ${IN_WINDOW})`,
        [...parameters, ...parameters],
      );
      return row!.timestampMs === null ? undefined : row;
    };
    const [first, last] = [await instant('min'), await instant('max')];
    return first && last && [first, last];
  });
}

/** The entries of a window, page by page, none of them empty. */
export async function* entryPages(
  state: StreamState,
  window: Window,
  sizes: WalkSizes,
): AsyncGenerator<StoredEntry[]> {
  let last: Position = { timestampMs: window.afterMs, id: Number.MAX_SAFE_INTEGER };
  for (;;) {
    const page: StoredEntry[] = await reading(state, window, [], (manager, parameters) =>
      readPage(manager, parameters, last, sizes),
    );
    if (page.length === 0) return;
    yield page;
    last = page.at(-1)!;
  }
}

/** Parameters of it: those of the view behind the beginning of the window, then the end. */
const IN_WINDOW = `${VISIBLE} AND timestamp_ms <= ?`;

function windowParameters(view: EntryView, { afterMs, toMs }: Window): unknown[] {
  const behind = viewBehind(view, { timestampMs: afterMs, id: Number.MAX_SAFE_INTEGER });
  return [...visibleParameters(behind), toMs];
}

/** Of a stream that was purged meanwhile nothing is there. */
function reading<T>(
  { view, rows }: StreamState,
  window: Window,
  nothing: T,
  work: (manager: EntityManager, parameters: unknown[]) => Promise<T>,
): Promise<T> {
  return rows.read(async (manager) =>
    (await isStillThere(manager, view)) ? work(manager, windowParameters(view, window)) : nothing,
  );
}

/** First the rest of the millisecond, then what is behind it; which ones is found first, then as many are read as fit. */
async function readPage(
  manager: EntityManager,
  parameters: unknown[],
  { timestampMs, id }: Position,
  { pageRows, pageBytes }: WalkSizes,
): Promise<StoredEntry[]> {
  const keys = (condition: string, more: number[]) =>
    manager.query<{ id: number; bytes: number }[]>(
      `SELECT id, octet_length(fields) AS bytes FROM entry WHERE ${IN_WINDOW} AND ${condition}
       ORDER BY timestamp_ms, id LIMIT ${pageRows}`,
      [...parameters, ...more],
    );
  let found = await keys('timestamp_ms = ? AND id > ?', [timestampMs, id]);
  if (found.length === 0) found = await keys('timestamp_ms > ?', [timestampMs]);
  return manager.query<StoredEntry[]>(
    `SELECT ${STORED_ENTRY} FROM entry WHERE id IN (SELECT value FROM json_each(?)) ORDER BY timestamp_ms, id`,
    [JSON.stringify(withinBytes(found, pageBytes).map((key) => key.id))],
  );
}
