import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type EntryView, isStillThere, openView } from '../entries/entry-view.store.js';
import { type Position, STORED_ENTRY, type StoredEntry } from '../entries/stored-entry.js';
import { withinBytes } from '../entries/within-bytes.js';
import { LogsDatabase } from '../logs.database.js';
import type { Fields } from '../record.js';
import { Turns } from '../turns.js';
import { chooseWalk } from './choose-walk.store.js';
import { type EntryFilter, EVERYTHING } from './entry-filter.js';
import type { Walk } from './walk.store.js';

/** What is read at once: the memory that an answer needs, however long it is. */
const PAGE_ROWS = 1000;
const PAGE_BYTES = 1024 * 1024;
/** What a filter looks at in one transaction. */
const SCANNED_ROWS = 5000;

/** Entries of `[fromMs, toMs)` behind `after`, at most `limit`. */
export interface EntrySelection {
  fromMs: number;
  toMs: number;
  after?: Position;
  limit?: number;
  filter?: EntryFilter;
}

interface Page {
  entries: StoredEntry[];
  /** Where the next page begins; undefined behind the last one. */
  next?: Position;
}

/** Reads the entries of a stream page by page, newest first. */
@Injectable()
export class EntryPagesStore {
  constructor(private readonly database: LogsDatabase) {}

  /**
   * Pages, none of them empty; none for an absent stream. All come from one generation, also if a restore replaces it
   * meanwhile; if the stream is purged meanwhile, or `signal` says that nobody waits any more, no more come.
   */
  async *pages(
    stream: string,
    { fromMs, toMs, after, limit = Infinity, filter = EVERYTHING }: EntrySelection,
    signal?: AbortSignal,
  ): AsyncGenerator<StoredEntry[]> {
    const held = await this.database.hold();
    try {
      const view = await openView(held, stream);
      if (!view) return;
      // Ids begin at 1, so that nothing of the millisecond `toMs` itself is behind this place.
      let last: Position | undefined = { timestampMs: toMs, id: 0 };
      if (after && after.timestampMs < toMs) last = after;
      if (last.timestampMs < fromMs) return;
      let walk: Walk | undefined;
      const isWanted = () => !(signal?.aborted ?? false);
      for (let left = limit; left > 0 && last && isWanted();) {
        const from: Position = last;
        const page: Page = await held.read(async (manager) => {
          if (!(await walk?.isUsable(manager))) walk = await chooseWalk(manager, view, fromMs, filter);
          return readPage(manager, view, walk!, filter, from, left);
        });
        const entries = filter.recheck ? await matching(page.entries, filter.recheck) : page.entries;
        if (entries.length > 0) yield entries;
        left -= entries.length;
        last = page.next;
      }
    } finally {
      held.release();
    }
  }
}

/** Which entries come next is found first, then as many of them are read as fit the memory of a page. */
async function readPage(
  manager: EntityManager,
  view: EntryView,
  walk: Walk,
  filter: EntryFilter,
  last: Position,
  limit: number,
): Promise<Page> {
  if (!(await isStillThere(manager, view))) return { entries: [] };
  const step = await walk.step(
    manager,
    last,
    filter === EVERYTHING ? Math.min(limit, PAGE_ROWS) : SCANNED_ROWS,
  );
  const keys = withinBytes(step.keys.slice(0, Math.min(limit, PAGE_ROWS)), PAGE_BYTES);
  const entries = await manager.query<StoredEntry[]>(
    `SELECT ${STORED_ENTRY} FROM entry
     WHERE id IN (SELECT value FROM json_each(?)) ORDER BY timestamp_ms DESC, id DESC`,
    [JSON.stringify(keys.map(({ id }) => id))],
  );
  return { entries, next: keys.length < step.keys.length ? keys.at(-1) : step.end };
}

async function matching(
  entries: StoredEntry[],
  recheck: (record: Fields) => boolean,
): Promise<StoredEntry[]> {
  const turns = new Turns();
  const found: StoredEntry[] = [];
  for (const entry of entries) {
    if (recheck(JSON.parse(entry.fields) as Fields)) found.push(entry);
    if (turns.over) await turns.pass();
  }
  return found;
}
