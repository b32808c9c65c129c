import { describe, expect, it } from 'vitest';
import { type Fields, ScriptFailure } from '../script-engine.js';
import { ScriptCheck } from './script-check.js';
import { ScriptRun } from './script-run.js';
import { SharedTask } from './shared-task.js';
import type { Answer } from './task.js';

const LIMITS = { timeoutMs: 1000, memoryBytes: 256 * 1024 * 1024 };
const named = (name: string, count: number): Fields[] =>
  Array.from({ length: count }, (_, n) => ({ [name]: `${n}` }));
const runOf = (script: string, records: Fields[]) => new ScriptRun(script, records, LIMITS, () => undefined);
const answer = (outcomes: Fields[], stopped?: Answer['stopped']): Answer => ({
  faults: [],
  outcomes,
  textBytes: outcomes.map(() => 1),
  stopped,
});

describe('SharedTask', () => {
  it('takes along what has the same script, as far as there is room', async () => {
    const [a, b, c, other] = [
      runOf('.', named('a', 60)),
      runOf('.', named('b', 3)),
      runOf('.', named('c', 3)),
      runOf('.x = 1', named('x', 1)),
    ];
    const task = new SharedTask(a, [other, a, b, c, runOf('.', named('d', 1))]);
    expect(task.jobs).toEqual([a, b, c]);
    const performed: string[] = [];
    await task.performBy({
      perform: async ({ script, records }) => {
        performed.push(script, String(records.length));
        return answer(records);
      },
    });
    expect(performed).toEqual(['.', '64']);
    expect(await a.results).toEqual(named('a', 60));
    expect(await b.results).toEqual(named('b', 3));
    expect([c.hasWork, other.hasWork]).toEqual([true, true]);
  });

  it('stops the record of one job, and lets those of others wait', async () => {
    const [a, b, c] = [runOf('.', named('a', 2)), runOf('.', named('b', 2)), runOf('.', named('c', 1))];
    await new SharedTask(a, [b, c]).performBy({
      perform: async ({ records }) => answer(records.slice(0, 2), { by: 'time', record: 3 }),
    });
    expect(await a.results).toEqual(named('a', 2));
    expect([b.hasWork, c.hasWork]).toEqual([true, true]);
    const records: Fields[] = [];
    await new SharedTask(b, [c]).performBy({
      perform: async (task) => {
        records.push(...task.records);
        return answer(task.records);
      },
    });
    expect(records).toEqual([{ b: '0' }, { c: '0' }]);
    expect(await b.results).toEqual([{ b: '0' }, new ScriptFailure('the script took longer than 1000 ms')]);
    expect(await c.results).toEqual(named('c', 1));
  });

  it('checks a script by the way', async () => {
    const [run, check] = [runOf('.', named('a', 1)), new ScriptCheck('.', LIMITS)];
    await new SharedTask(run, [check]).performBy({
      perform: async () => answer([], { by: 'time', together: true }),
    });
    expect(await check.faults).toEqual([]);
    const broken = new ScriptCheck('.', LIMITS);
    await new SharedTask(broken, []).performBy({ perform: async () => answer([], { by: 'time' }) });
    expect(await broken.faults).toMatchObject([{ message: 'compiling the script took longer than 1000 ms' }]);
  });
});
