import { formatInstant, type Instant } from '../instant.js';

/** Entries by their number, and the time from the first to the last of them. */
export interface EntryRange {
  count: number;
  /** RFC 3339; null where there is no entry. */
  from: string | null;
  to: string | null;
}

/** Counts entries that come in any order. */
export class EntryTally {
  private count = 0;
  private first?: Instant;
  private last?: Instant;

  add(instant: Instant, count = 1): void {
    this.count += count;
    if (!this.first || compareInstants(instant, this.first) < 0) this.first = instant;
    if (!this.last || compareInstants(instant, this.last) > 0) this.last = instant;
  }

  /** @param ends the first and the last instant of the entries. */
  addRange(count: number, ends: [Instant, Instant]): void {
    this.add(ends[0], count - 1);
    this.add(ends[1]);
  }

  answer(): EntryRange {
    const text = (instant?: Instant) => (instant ? formatInstant(instant) : null);
    return { count: this.count, from: text(this.first), to: text(this.last) };
  }
}

/** Entries that are on one side only. */
export interface EntryDifference {
  gained: EntryTally;
  lost: EntryTally;
}

function compareInstants(a: Instant, b: Instant): number {
  return a.timestampMs - b.timestampMs || a.subNs - b.subNs;
}
