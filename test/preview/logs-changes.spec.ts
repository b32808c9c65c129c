import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ANSWER_LIMITS, NO_LIMITS } from '#src/changes/change-limits.js';
import { entryDifference } from '#src/logs/changes/entry-difference.js';
import { LogsChangesService } from '#src/logs/changes/logs-changes.service.js';
import { streamStates } from '#src/logs/changes/stream-states.store.js';
import { logsSchema } from '#src/logs/logs.schema.js';
import type { StagedInMemory } from '../support/staged-in-memory.js';
import { expectedChanges, fillLogs, twoStates } from './logs-model.js';
import { TwoSides } from './two-sides.js';

const service = new LogsChangesService();
let two: TwoSides;

beforeAll(async () => {
  const definition = { ...logsSchema, name: 'logs', directory: '', durability: 'normal' } as const;
  two = await TwoSides.create(definition, ['entry', 'stream']);
});
afterEach(() => two.clear());
afterAll(() => two.close());

const NUMBERS = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)';

/** Entries 1 to `count` of the stream `s`, made by SQL. @param timestampMs of the entry `i`. */
async function bulk(side: StagedInMemory, count: number, timestampMs = '1700000000000 + i'): Promise<void> {
  await side.query(`INSERT INTO stream (id, name) VALUES (1, 's')`);
  await side.query(
    `INSERT INTO entry (stream_id, timestamp_ms, sub_ns, fields) ${NUMBERS}
     SELECT 1, ${timestampMs}, i % 1000, json_object('message', 'this is message ' || i || ' of a few') FROM n`,
    [count],
  );
}

const timeOf = (n: number) => new Date(1_700_000_000_000 + n).toISOString();

describe('the changes between two logs databases', () => {
  it('are those of lists, for any two states', async () => {
    let moved = 0;
    await fc.assert(
      fc.asyncProperty(twoStates, async ([old, young]) => {
        await two.clear();
        await fillLogs(two.before, old);
        await fillLogs(two.after, young);
        const { streams } = await service.between(...two.sides, undefined, NO_LIMITS);
        expect(streams).toEqual(expectedChanges(old, young));
        moved += streams.changed.length;
      }),
      { numRuns: 150 },
    );
    expect(moved).toBeGreaterThan(20);
  });

  it('are the same however little is looked at in one go', async () => {
    const small = fc.record({
      windowEntries: fc.integer({ min: 1, max: 8 }),
      textBytes: fc.constantFrom(0, 20, 1000),
      pageRows: fc.integer({ min: 1, max: 4 }),
      pageBytes: fc.constantFrom(1, 20),
      rememberedEntries: fc.integer({ min: 1, max: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(twoStates, small, async ([old, young], sizes) => {
        await two.clear();
        await fillLogs(two.before, old);
        await fillLogs(two.after, young);
        const expected = new Map(expectedChanges(old, young).changed.map((one) => [one.name, one]));
        const [befores, afters] = [await all(two.before), await all(two.after)];
        for (const [name, before] of befores) {
          if (!afters.has(name)) continue;
          const { gained, lost } = await entryDifference(before, afters.get(name)!, { sizes });
          const { entries_gained, entries_lost } = expected.get(name) ?? NO_CHANGE;
          expect([gained.answer(), lost.answer()]).toEqual([entries_gained, entries_lost]);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('of a stream that went on, and lost its oldest entries, are found in no time', async () => {
    await bulk(two.before, 60_000);
    await bulk(two.after, 60_000);
    await two.before.query('DELETE FROM entry WHERE id <= 10000');
    await two.after.query('DELETE FROM entry WHERE id > 50000');
    const { streams } = await service.between(...two.sides);
    expect(streams.changed).toEqual([
      {
        name: 's',
        entries_gained: { count: 10_000, from: timed(1), to: timed(10_000) },
        entries_lost: { count: 10_000, from: timed(50_001), to: timed(60_000) },
        config_changed: null,
      },
    ]);
  });

  it('include an entry whose text was altered without a change of its length', async () => {
    await bulk(two.before, 20_000);
    await bulk(two.after, 20_000);
    await two.after.query(`UPDATE entry SET fields = replace(fields, 'this', 'that') WHERE id = 12345`);
    const [change] = (await service.between(...two.sides)).streams.changed;
    const one = { count: 1, from: timed(12_345), to: timed(12_345) };
    expect(change).toMatchObject({ entries_gained: one, entries_lost: one });
  });

  it('are right where one millisecond has more entries than are remembered', async () => {
    await bulk(two.before, 60_000, '5');
    await bulk(two.after, 60_000, '5');
    // The same entries under other ids, but for one.
    await two.after.query('UPDATE entry SET id = 200000 - id');
    await two.after.query('DELETE FROM entry WHERE id = 150000');
    const [change] = (await service.between(...two.sides)).streams.changed;
    expect(change).toMatchObject({ entries_gained: { count: 0 }, entries_lost: { count: 1 } });
  });

  it('of 200,000 equal entries are found within seconds, and let others have their turn', async () => {
    await bulk(two.before, 200_000);
    await bulk(two.after, 200_000);
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    const began = performance.now();
    const { streams } = await service.between(...two.sides);
    const seconds = (performance.now() - began) / 1000;
    clearInterval(timer);
    expect(streams.changed).toEqual([]);
    expect(seconds).toBeLessThan(10);
    expect(longest).toBeLessThan(500);
  });

  it('end soon where nobody waits for them any more', async () => {
    await bulk(two.before, 100_000);
    await bulk(two.after, 100_000, '1700000000001 + i');
    const controller = new AbortController();
    const answer = service.between(...two.sides, controller.signal);
    setTimeout(() => controller.abort(new Error('the client has gone')), 20);
    await expect(answer).rejects.toThrow('the client has gone');
  });

  it('show so many streams, and no configuration that is too long', async () => {
    await two.after.query(`INSERT INTO stream (name) ${NUMBERS} SELECT printf('s%05d', i) FROM n`, [1500]);
    await two.after.query(`UPDATE stream SET indexed_fields = ? WHERE name = 's00002'`, [
      JSON.stringify(['x'.repeat(ANSWER_LIMITS.textBytes)]),
    ]);
    const { added, more } = (await service.between(...two.sides)).streams;
    expect(added).toHaveLength(1000);
    expect(more).toEqual({ added: 500, changed: 0, removed: 0 });
    expect(added[1]).toEqual({ name: 's00002', entries: 0, from: null, to: null, config: null });
  });
});

const NO_ENTRIES = { count: 0, from: null, to: null };
const NO_CHANGE = { entries_gained: NO_ENTRIES, entries_lost: NO_ENTRIES };

async function all(side: StagedInMemory) {
  const streams = [];
  for await (const one of streamStates(side.generation, Date.now())) streams.push(one);
  return new Map(streams.map((one) => [one.name, one]));
}

/** The time of the entry `n` of a bulk, as the API prints it. */
function timed(n: number): string {
  const nanoseconds = String(n % 1000).padStart(6, '0');
  return `${timeOf(n).slice(0, -1)}${nanoseconds}`.replace(/\.?0+$/, '').concat('Z');
}
