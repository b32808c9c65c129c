import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { periodsIn } from './periods.js';
import { type Candidate, idsToRemove } from './retention.js';
import type { Keep } from './schedule.js';

const NOTHING: Keep = { last: 0, daily: 0, weekly: 0, monthly: 0 };

/** `2026-03-01T10:00Z!`: bad; `?`: unproven; else proven. Its id is the text. */
function candidate(text: string): Candidate {
  const mark = text.at(-1);
  const state = mark === '!' ? 'bad' : mark === '?' ? 'unproven' : 'proven';
  return { id: text, instantMs: Date.parse(text.replace(/[!?]$/, '')), state };
}

function kept(texts: string[], keep: Partial<Keep>, zone = 'UTC'): string[] {
  const removed = idsToRemove(texts.map(candidate), { ...NOTHING, ...keep }, zone);
  return texts.filter((text) => !removed.includes(text));
}

describe('what stays', () => {
  const hours = ['T01:00Z', 'T09:00Z', 'T17:00Z'];
  const days = (month: string, ...numbers: string[]) =>
    numbers.flatMap((day) => hours.map((hour) => `${month}-${day}${hour}`));

  it('the newest', () => {
    expect(kept(days('2026-03', '01', '02'), { last: 2 })).toEqual([
      '2026-03-02T09:00Z',
      '2026-03-02T17:00Z',
    ]);
  });

  it('the newest of each day, of days in which there is one', () => {
    expect(kept(days('2026-03', '01', '02', '05'), { daily: 2 })).toEqual([
      '2026-03-02T17:00Z',
      '2026-03-05T17:00Z',
    ]);
  });

  it('the newest of each ISO week, also over the end of a year', () => {
    // 29 December 2025 to 4 January 2026 is week 1 of 2026.
    const texts = ['2025-12-28T10:00Z', '2025-12-29T10:00Z', '2026-01-04T10:00Z', '2026-01-05T10:00Z'];
    expect(kept(texts, { weekly: 3 })).toEqual([
      '2025-12-28T10:00Z',
      '2026-01-04T10:00Z',
      '2026-01-05T10:00Z',
    ]);
  });

  it('the newest of each month', () => {
    const texts = ['2026-01-01T00:00Z', '2026-01-31T23:59Z', '2026-02-01T00:00Z', '2026-04-01T00:00Z'];
    expect(kept(texts, { monthly: 2 })).toEqual(['2026-02-01T00:00Z', '2026-04-01T00:00Z']);
  });

  it('grandfather, father and son together', () => {
    const texts = [
      '2026-01-20T10:00Z',
      '2026-02-20T10:00Z',
      '2026-03-12T10:00Z',
      '2026-03-20T10:00Z',
      '2026-03-30T10:00Z',
      '2026-03-31T10:00Z',
      '2026-03-31T12:00Z',
    ];
    expect(kept(texts, { last: 2, daily: 2, weekly: 2, monthly: 2 })).toEqual([
      '2026-02-20T10:00Z',
      '2026-03-20T10:00Z',
      '2026-03-30T10:00Z',
      '2026-03-31T10:00Z',
      '2026-03-31T12:00Z',
    ]);
  });

  it('by the days of the zone', () => {
    const texts = ['2026-03-01T22:30Z', '2026-03-01T23:30Z'];
    expect(kept(texts, { daily: 2 })).toEqual(['2026-03-01T23:30Z']);
    expect(kept(texts, { daily: 2 }, 'Europe/Berlin')).toEqual(texts);
  });

  it('a bad one takes no place, and goes when there is a good one after it', () => {
    const texts = ['2026-03-01T10:00Z', '2026-03-01T11:00Z!', '2026-03-02T10:00Z', '2026-03-03T10:00Z!'];
    expect(kept(texts, { last: 2 })).toEqual([
      '2026-03-01T10:00Z',
      '2026-03-02T10:00Z',
      '2026-03-03T10:00Z!',
    ]);
  });

  it('not more bad ones than good ones would, when nothing is good', () => {
    const texts = ['2026-03-01T10:00Z!', '2026-03-01T11:00Z!', '2026-03-01T12:00Z!'];
    expect(kept(texts, { daily: 7 })).toEqual(['2026-03-01T12:00Z!']);
  });

  it('the newest that is proven, however many came after it that nobody could prove', () => {
    const texts = ['2026-03-01T10:00Z', '2026-03-02T10:00Z?', '2026-03-03T10:00Z?', '2026-03-04T10:00Z?'];
    expect(kept(texts, { last: 2 })).toEqual([
      '2026-03-01T10:00Z',
      '2026-03-03T10:00Z?',
      '2026-03-04T10:00Z?',
    ]);
  });
});

describe('whatever there is', () => {
  const states = ['proven', 'unproven', 'bad'] as const;
  const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Apia');
  const counts = fc.record({
    last: fc.nat(4),
    daily: fc.nat(4),
    weekly: fc.nat(4),
    monthly: fc.nat(4),
  });
  const all = fc
    .array(
      fc.record({
        instantMs: fc.integer({ min: Date.UTC(2025, 10), max: Date.UTC(2026, 4) }),
        state: fc.constantFrom(...states),
      }),
      { maxLength: 60 },
    )
    .map((list) => list.map((one, index) => ({ ...one, id: String(index).padStart(3, '0') })));
  const holds = (check: (candidates: Candidate[], keep: Keep, zone: string, staying: Candidate[]) => void) =>
    fc.assert(
      fc.property(all, counts, zones, (candidates, keep, zone) => {
        const removed = new Set(idsToRemove(candidates, keep, zone));
        check(
          candidates,
          keep,
          zone,
          candidates.filter(({ id }) => !removed.has(id)),
        );
      }),
      { numRuns: 400 },
    );
  const newest = (list: Candidate[]) =>
    list.toSorted((a, b) => b.instantMs - a.instantMs || (a.id < b.id ? 1 : -1))[0];
  const notBad = (list: Candidate[]) => list.filter(({ state }) => state !== 'bad');

  it('the newest good one and the newest proven one stay', () =>
    holds((candidates, _keep, _zone, staying) => {
      for (const list of [notBad(candidates), candidates.filter(({ state }) => state === 'proven')]) {
        if (list.length > 0) expect(staying).toContain(newest(list));
      }
    }));

  it('every period that is to be there is there, by its newest good one', () =>
    holds((candidates, keep, zone, staying) => {
      for (const kind of ['daily', 'weekly', 'monthly'] as const) {
        const periodOf = (one: Candidate) => periodsIn(zone)(one.instantMs)[kind];
        const ordered = notBad(candidates).toSorted((a, b) => b.instantMs - a.instantMs);
        const periods = [...new Set(ordered.map(periodOf))].slice(0, keep[kind]);
        for (const period of periods)
          expect(staying).toContain(newest(notBad(candidates).filter((one) => periodOf(one) === period)));
      }
    }));

  it('no more stay than the numbers allow', () =>
    holds((_candidates, { last, daily, weekly, monthly }, _zone, staying) => {
      expect(notBad(staying).length).toBeLessThanOrEqual(Math.max(1, last) + daily + weekly + monthly + 1);
      expect(staying.length - notBad(staying).length).toBeLessThanOrEqual(Math.max(1, last));
    }));

  it('a second look removes nothing more, and the order in which they are found does not count', () =>
    holds((candidates, keep, zone, staying) => {
      expect(idsToRemove(staying, keep, zone)).toEqual([]);
      expect(idsToRemove(candidates.toReversed(), keep, zone)).toEqual(idsToRemove(candidates, keep, zone));
    }));

  it('larger numbers remove nothing that smaller ones keep', () =>
    holds((candidates, keep, zone, staying) => {
      const larger = {
        last: keep.last + 1,
        daily: keep.daily + 1,
        weekly: keep.weekly + 1,
        monthly: keep.monthly + 1,
      };
      const removed = idsToRemove(candidates, larger, zone);
      expect(staying.filter(({ id }) => removed.includes(id))).toEqual([]);
    }));
});
