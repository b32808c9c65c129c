import { describe, expect, it } from 'vitest';
import { type Fields, ScriptFailure } from '../script-engine.js';
import { ScriptRun } from './script-run.js';
import { type Performer, SharedTask } from './shared-task.js';
import type { Answer, Task } from './task.js';

const LIMITS = { timeoutMs: 1000, memoryBytes: 256 * 1024 * 1024 };
const numbered = (count: number): Fields[] => Array.from({ length: count }, (_, n) => ({ n: `${n}` }));
const done = (outcomes: Answer['outcomes'], more: Partial<Answer> = {}): Answer => ({
  faults: [],
  outcomes,
  textBytes: [],
  ...more,
});

const workOn = (run: ScriptRun, thread: Performer) => new SharedTask(run, []).performBy(thread);

/** A run, and what each of its tasks was answered with until there were none. */
async function runWith(records: Fields[], perform: (task: Task, nth: number) => Answer) {
  let finished = 0;
  const run = new ScriptRun('.', records, LIMITS, () => finished++);
  const tasks: Task[] = [];
  while (run.hasWork) {
    await workOn(run, { perform: async (task) => perform(task, tasks.push(task)) });
  }
  expect(finished).toBe(records.length);
  return { results: await run.results, tasks };
}

describe('ScriptRun', () => {
  it('hands out pieces, and keeps the order when they come back in another', async () => {
    const run = new ScriptRun('.', numbered(150), LIMITS, () => undefined);
    const releases: (() => void)[] = [];
    const sizes: number[] = [];
    const work = [0, 1, 2].map(() =>
      workOn(run, {
        perform: async ({ records }) => {
          sizes.push(records.length);
          await new Promise<void>((release) => releases.push(release));
          return done(records);
        },
      }),
    );
    expect(run.hasWork).toBe(false);
    for (const release of releases.toReversed()) release();
    await Promise.all(work);
    expect(sizes).toEqual([64, 64, 22]);
    expect(await run.results).toEqual(numbered(150));
  });

  it('makes smaller pieces of large records, and one of a larger record', async () => {
    const large = (characters: number) => ({ text: 'x'.repeat(characters) });
    const records = [large(2_000_000), large(600_000), large(400_000), large(100_000)];
    const { tasks } = await runWith(records, (task) => done(task.records));
    expect(tasks.map((task) => task.records.length)).toEqual([1, 2, 1]);
  });

  it('asks again for what a task did not come to', async () => {
    const { results, tasks } = await runWith(numbered(5), (task) => done(task.records.slice(0, 2)));
    expect(tasks.map((task) => task.records.map(({ n }) => n))).toEqual([
      ['0', '1', '2', '3', '4'],
      ['2', '3', '4'],
      ['4'],
    ]);
    expect(results).toEqual(numbered(5));
  });

  it('fails the record at which the script was stopped, and no other', async () => {
    const { results } = await runWith(numbered(4), ({ records }, nth) => {
      if (nth === 1) return done([], { stopped: { by: 'time', record: 1 } });
      if (nth === 2) return done(records.slice(0, 1), { stopped: { by: 'memory', record: 1 } });
      return done(records);
    });
    expect(results).toEqual([
      { n: '0' },
      new ScriptFailure('the script took longer than 1000 ms'),
      new ScriptFailure('the script used more than 256 MiB of memory or broke down'),
      { n: '3' },
    ]);
  });

  it('gives up after sixteen stops', async () => {
    const { results, tasks } = await runWith(numbered(100), () =>
      done([], { stopped: { by: 'time', record: 0 } }),
    );
    expect(tasks).toHaveLength(16);
    const reasons = results.map((result) => (result as ScriptFailure).reason);
    expect(reasons.filter((reason) => reason === 'the script took longer than 1000 ms')).toHaveLength(16);
    expect(reasons[99]).toBe('not tried: the script had to be stopped 16 times before');
  });

  it('lets each record show for itself when the script was stopped at several', async () => {
    const { results, tasks } = await runWith(numbered(3), ({ records }, nth) => {
      if (nth === 1) return done([], { stopped: { by: 'time', together: true } });
      if (nth === 2) return done(records.slice(0, 1), { stopped: { by: 'time', record: 1 } });
      return done(records);
    });
    expect(tasks.map(({ alone, records }) => ({ alone, count: records.length }))).toEqual([
      { alone: false, count: 3 },
      { alone: true, count: 3 },
      { alone: true, count: 1 },
    ]);
    expect(results).toEqual([
      { n: '0' },
      new ScriptFailure('the script took longer than 1000 ms'),
      { n: '2' },
    ]);
  });

  it('fails all records of a script that does not compile, or that breaks the compiler', async () => {
    const fault = { message: 'syntax error', line: 2, column: 5, report: '' };
    const broken = await runWith(numbered(100), () => done([], { faults: [fault] }));
    expect(broken.tasks).toHaveLength(1);
    expect(new Set(broken.results)).toHaveLength(100);
    expect(broken.results[99]).toEqual(
      new ScriptFailure('the script does not compile: line 2, column 5: syntax error'),
    );
    const breaking = await runWith(numbered(100), () => done([], { stopped: { by: 'memory' } }));
    expect(breaking.tasks).toHaveLength(1);
    expect(breaking.results[0]).toEqual(
      new ScriptFailure('compiling the script used more than 256 MiB of memory or broke down'),
    );
  });

  it('bounds what it holds', async () => {
    const { results, tasks } = await runWith(numbered(1000), ({ records }) =>
      done(records, { textBytes: [100 * 1024 * 1024] }),
    );
    expect(tasks).toHaveLength(3);
    expect(results[191]).toEqual({ n: '191' });
    expect(results[192]).toEqual(new ScriptFailure('the results of the other records are too large already'));
  });

  it('hands out nothing any more when it failed', async () => {
    const run = new ScriptRun('.', numbered(100), LIMITS, () => undefined);
    const work = workOn(run, { perform: async ({ records }) => done(records.slice(0, 1)) });
    run.fail(new Error('stopping'));
    await expect(run.results).rejects.toThrow('stopping');
    await work;
    expect(run.hasWork).toBe(false);
  });
});
