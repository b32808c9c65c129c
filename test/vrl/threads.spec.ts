import { execFile } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fields } from '#src/vrl/script-engine.js';
import type { VrlEngine } from '#src/vrl/vrl-engine.js';
import { PROJECT_ROOT } from '../support/test-server.js';
import { createEngine, runOne, SLOW } from './engines.js';

/** All threads that were started in this process. */
const started: Worker[] = [];
const note = (message: unknown) => started.push((message as { worker: Worker }).worker);
/** A program that prints what a script makes of an empty record, and does not end the engine. */
const program = (script: string) => `
  const { readSettings } = await import('#src/settings.js');
  const { ScriptCounters } = await import('#src/vrl/script-counters.js');
  const { VrlEngine } = await import('#src/vrl/vrl-engine.js');
  const engine = new VrlEngine(readSettings({}), new ScriptCounters());
  process.stdout.write(JSON.stringify(await engine.run(${JSON.stringify(script)}, [{}])));`;

function runProgram(script: string): Promise<{ stdout: string; stderr: string }> {
  const options = { cwd: PROJECT_ROOT, timeout: 20_000 };
  return promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program(script)], options);
}

/** A thread that has ended has this number. */
const ENDED = -1;

let engine: VrlEngine;

beforeEach(() => {
  started.length = 0;
  subscribe('worker_threads', note);
  engine = createEngine();
});
afterEach(async () => {
  unsubscribe('worker_threads', note);
  await engine.onApplicationShutdown();
});

const numbered = (count: number): Fields[] => Array.from({ length: count }, (_, n) => ({ n: `${n}` }));

describe('runs', () => {
  it('keep the order of their records', async () => {
    const results = await engine.run('.m = to_int!(.n) * 2', numbered(2000));
    expect(results).toEqual(numbered(2000).map(({ n }) => ({ n, m: `${Number(n) * 2}` })));
  });

  it('start threads when there is work for them, and keep them', async () => {
    expect(started).toHaveLength(0);
    expect(await engine.run('.', [])).toEqual([]);
    expect(started).toHaveLength(0);
    await engine.run('.', numbered(1));
    expect(started).toHaveLength(1);
    await engine.run('.', numbered(1000));
    expect(started).toHaveLength(2);
    await Promise.all(Array.from({ length: 50 }, () => engine.run('.', numbered(100))));
    expect(started).toHaveLength(2);
  });

  it('take turns', async () => {
    const narrow = createEngine({ FLOWG_VRL_WORKERS: '1' });
    const ended: string[] = [];
    const run = async (name: string, count: number) => {
      await narrow.run(`.m = upcase!(.n)`, numbered(count));
      ended.push(name);
    };
    await run('first', 1);
    await Promise.all([run('long', 5000), run('short', 200), run('shorter', 1)]);
    expect(ended).toEqual(['first', 'shorter', 'short', 'long']);
    await narrow.onApplicationShutdown();
  });

  it('are refused when too much waits, and only then', async () => {
    expect(await engine.check('.')).toEqual([]);
    const many = engine.run('.', numbered(60_000));
    await expect(engine.run('.', numbered(1))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'too many records wait for their transformer',
      retryAfterSeconds: expect.any(Number),
    });
    await expect(engine.check('.')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await many).toHaveLength(60_000);
    const [most, more] = await Promise.allSettled([
      engine.run('.', numbered(49_999)),
      engine.run('.', numbered(2)),
      engine.run('.', numbered(1)),
    ]);
    expect([most.status, more.status]).toEqual(['fulfilled', 'rejected']);
    expect(await engine.run('.', numbered(1))).toEqual(numbered(1));
  });
});

describe('a stop', () => {
  it('rejects what waits and what comes, and ends all threads', async () => {
    await engine.run('.', numbered(200));
    const underWay = [engine.run(SLOW, [{ slow: '1' }]), engine.run(SLOW, [{ slow: '1' }])];
    const waiting = [engine.run('.', numbered(1)), engine.check('.')];
    const settled = Promise.allSettled([...underWay, ...waiting]);
    await sleep(200);
    await engine.onApplicationShutdown();
    for (const result of await settled) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'UNAVAILABLE', message: 'the server is stopping' },
      });
    }
    await expect(engine.run('.', numbered(1))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(engine.check('.')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(started).toHaveLength(2);
    expect(started.map(({ threadId }) => threadId)).toEqual([ENDED, ENDED]);
  });

  it('also of threads that are still loading', async () => {
    const result = Promise.allSettled([engine.run('.', numbered(1))]);
    await engine.onApplicationShutdown();
    expect(await result).toMatchObject([{ status: 'rejected', reason: { code: 'UNAVAILABLE' } }]);
    expect(started.map(({ threadId }) => threadId)).toEqual([ENDED]);
  });
});

describe('a thread', () => {
  it('that ends by itself is replaced', async () => {
    await engine.run('.', numbered(1));
    await started[0]!.terminate();
    await expect(engine.run('.', numbered(1))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'scripts cannot be run at the moment',
    });
    expect(await runOne(engine, '.a = 1', {})).toEqual({ a: '1' });
  });

  it('does not keep a process that has nothing else to do, but does while it works', async () => {
    expect(await runProgram('.a = 1')).toEqual({ stdout: '[{"a":"1"}]', stderr: '' });
  });

  it('in which the compiler panics writes nothing to the output of the server', async () => {
    const { stdout, stderr } = await runProgram('.a = encode_proto!({}, "/etc/passwd", "a")');
    expect(stdout).toContain('a transformer had to be stopped');
    expect(stdout).toContain('broke down"}]');
    expect(stdout + stderr).not.toMatch(/panicked|wasm/);
  });
});
