import type { EntityManager } from 'typeorm';
import type { Position } from '../entries/stored-entry.js';
import type { Fields } from '../record.js';
import { Turns } from '../turns.js';
import { type EntryFilter, EVERYTHING } from './entry-filter.js';
import { type Candidate, readCandidates, recordsText } from './record-text.store.js';
import type { Walk } from './walk.store.js';

/** What is read at once: the memory that an answer needs, however long it is. */
const PAGE_ROWS = 4000;
const PAGE_BYTES = 1024 * 1024;

/** What a filter found in one transaction, within the limit. */
export interface FoundPage {
  /** Records with commas between them. */
  text: Buffer;
  count: number;
  /** The place of the last of them. */
  last?: Position;
  /** There is at least one that the limit leaves out. */
  more: boolean;
  /** Where to look on; undefined when there is nothing behind. */
  next?: Position;
}

export const NOTHING_FOUND: FoundPage = { text: Buffer.alloc(0), count: 0, more: false };

/** Where a page begins, how many entries a filter looks at for it, and how many records are wanted yet (or none). */
export interface PageBounds {
  last: Position;
  looked: number;
  left: number;
}

/** Part of a transaction. What it returns is to be called behind it, because it may take long. */
export async function readPage(
  manager: EntityManager,
  walk: Walk,
  filter: EntryFilter,
  { last, looked, left }: PageBounds,
): Promise<() => Promise<FoundPage>> {
  const { recheck } = filter;
  // One more than is left tells whether there is more.
  const most = recheck ? PAGE_ROWS : Math.min(left + 1, PAGE_ROWS);
  const wanted = { rows: most, bytes: PAGE_BYTES, texts: recheck ? 0 : Math.min(left, most) };
  const step = await walk.step(manager, last, filter === EVERYTHING ? most : looked, wanted);
  const rows = recheck ? step.fitting : Math.min(step.fitting, left);
  const nextBehind = (read?: Position) => (rows < step.matched || step.enough ? read : step.end);
  if (recheck) {
    const candidates = await readCandidates(manager, { ids: step.ids, rows });
    const next = nextBehind(candidates.at(-1));
    return async () => ({ ...(await matching(candidates, recheck, left)), next });
  }
  const written = step.written ?? (await recordsText(manager, { ids: step.ids, rows }));
  const more = rows === left && step.matched > left;
  const page = { ...written, count: rows, more, next: nextBehind(written.last) };
  return () => Promise.resolve(page);
}

async function matching(
  candidates: Candidate[],
  recheck: (record: Fields) => boolean,
  left: number,
): Promise<Omit<FoundPage, 'next'>> {
  const turns = new Turns();
  const found: Candidate[] = [];
  for (const candidate of candidates) {
    if (recheck(JSON.parse(candidate.fields) as Fields)) found.push(candidate);
    if (turns.over) await turns.pass();
  }
  const within = found.slice(0, left);
  const text = Buffer.from(within.map(({ record }) => record).join());
  return { text, count: within.length, last: within.at(-1), more: found.length > left };
}
