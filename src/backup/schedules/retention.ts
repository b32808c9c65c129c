import { type PeriodKind, PERIOD_KINDS, periodsIn } from './periods.js';
import type { Keep } from './schedule.js';

/** A stored backup as retention sees it. */
export interface Candidate {
  id: string;
  /** When its state was the live one, Unix milliseconds. */
  instantMs: number;
  /** `unproven`: nobody has read it back, or nobody could. */
  state: 'proven' | 'unproven' | 'bad';
}

/**
 * Which backups of a schedule are to go.
 * - Of those that are not bad the newest `last` stay, and the newest of each of the newest `daily` days, `weekly` ISO weeks and
 *   `monthly` months in which there are any.
 * - The newest that is not bad stays whatever the numbers say, and so does the newest that is proven.
 * - Bad ones take no place. Those that are newer than every good one stay to be looked at, `last` of them, but at least one.
 * @param zone IANA name, for where a day begins.
 * @returns their ids.
 */
export function idsToRemove(candidates: readonly Candidate[], keep: Keep, zone: string): string[] {
  const newestFirst = candidates.toSorted((a, b) => b.instantMs - a.instantMs || (a.id < b.id ? 1 : -1));
  const good = newestFirst.filter(({ state }) => state !== 'bad');
  const staying = new Set([
    ...good.slice(0, Math.max(1, keep.last)),
    ...good.filter(({ state }) => state === 'proven').slice(0, 1),
    ...newestOfPeriods(good, keep, zone),
    ...untilFirstGood(newestFirst).slice(0, Math.max(1, keep.last)),
  ]);
  return newestFirst.filter((candidate) => !staying.has(candidate)).map(({ id }) => id);
}

function newestOfPeriods(good: Candidate[], keep: Keep, zone: string): Candidate[] {
  const periodsOf = periodsIn(zone);
  const places = Object.fromEntries(PERIOD_KINDS.map((kind) => [kind, new Set<string>()])) as Record<
    PeriodKind,
    Set<string>
  >;
  return good.filter(({ instantMs }) => {
    const periods = periodsOf(instantMs);
    // Each kind is asked, also when one has a place for it: it takes that of the other kinds too.
    return PERIOD_KINDS.map((kind) => take(places[kind], periods[kind], keep[kind])).some(Boolean);
  });
}

/** @returns whether a place was free for this period, and it was not represented yet. */
function take(taken: Set<string>, period: string, places: number): boolean {
  if (taken.has(period) || taken.size >= places) return false;
  taken.add(period);
  return true;
}

function untilFirstGood(newestFirst: Candidate[]): Candidate[] {
  const end = newestFirst.findIndex(({ state }) => state !== 'bad');
  return end < 0 ? newestFirst : newestFirst.slice(0, end);
}
