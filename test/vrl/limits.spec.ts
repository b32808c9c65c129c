import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { register } from 'prom-client';
import { type Fields, ScriptFailure } from '#src/vrl/script-engine.js';
import type { VrlEngine } from '#src/vrl/vrl-engine.js';
import { BOMB, createEngine, reasonOf, runOne, SLOW } from './engines.js';

const MEBIBYTE = 1024 * 1024;
const TOO_LONG = new ScriptFailure('the script took longer than 1000 ms');
const TOO_MUCH = new ScriptFailure('the script used more than 128 MiB of memory or broke down');

async function stops(reason: 'time' | 'memory'): Promise<number> {
  const { values } = await register.getSingleMetric('flowg_transformer_stopped_total')!.get();
  return values.find(({ labels }) => labels.reason === reason)!.value;
}

describe('a script that takes too long', () => {
  it('loses its record only, and nobody waits for it', async () => {
    const engine = createEngine({ FLOWG_VRL_TIMEOUT_MS: '1000' });
    await engine.run('.', [{}]);
    const delays = monitorEventLoopDelay({ resolution: 5 });
    delays.enable();
    const before = await stops('time');
    const started = performance.now();
    const state = { slowEnded: false };
    const slow = engine
      .run(SLOW, [{ a: '0' }, { slow: '1' }, { a: '2' }, { slow: '3' }, { a: '4' }])
      .finally(() => (state.slowEnded = true));
    const others: Fields[] = [];
    while (!state.slowEnded) others.push((await runOne(engine, '.b = 1', {})) as Fields);
    delays.disable();
    await engine.onApplicationShutdown();

    expect(await slow).toEqual([
      { a: '0', done: 'true' },
      TOO_LONG,
      { a: '2', done: 'true' },
      TOO_LONG,
      { a: '4', done: 'true' },
    ]);
    expect(performance.now() - started).toBeGreaterThan(2000);
    expect(performance.now() - started).toBeLessThan(30_000);
    expect(await stops('time')).toBe(before + 2);
    expect(others.length).toBeGreaterThan(10);
    expect(others.every(({ b }) => b === '1')).toBe(true);
    expect(delays.max / 1e6).toBeLessThan(1000);
  });
});

describe('a script that takes too much memory', () => {
  let engine: VrlEngine;

  beforeEach(() => {
    engine = createEngine({ FLOWG_VRL_MEMORY_MB: '128' });
  });
  afterEach(() => engine.onApplicationShutdown());

  it('loses its record only, and the process stays small', async () => {
    await engine.run('.', [{}]);
    const before = { rss: process.memoryUsage.rss(), stops: await stops('memory') };
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5);
    const results = await engine.run(BOMB, [{ a: '0' }, { bomb: '1' }, { a: '2' }, { bomb: '3' }]);
    clearInterval(watch);

    expect(results).toEqual([{ a: '0', done: 'true' }, TOO_MUCH, { a: '2', done: 'true' }, TOO_MUCH]);
    expect(await stops('memory')).toBe(before.stops + 2);
    expect(most - before.rss).toBeLessThan(600 * MEBIBYTE);
    expect(await engine.run('.a = 1', [{}])).toEqual([{ a: '1' }]);
  });

  it('has room here for the largest result that it has there', async () => {
    const record = { text: `[${'{},'.repeat(1_500_000)}{}]` };
    expect(await runOne(engine, '. = {"a": parse_json!(.text)}', record)).toEqual({});
  });

  it('is bounded in what comes out', async () => {
    const script = `x = string!(.text)
      for_each([1, 2, 3, 4, 5]) -> |_i, _v| { x = x + x }
      . = {"a": x, "b": x, "c": x}`;
    const large = createEngine({ FLOWG_VRL_MEMORY_MB: '1024' });
    expect(reasonOf(await runOne(large, script, { text: 'x'.repeat(700_000) }))).toBe(
      'the result has more than 64 MiB of text',
    );
    const result = (await runOne(large, script, { text: 'x'.repeat(600_000) })) as Fields;
    expect(result.c).toHaveLength(600_000 * 32);
    await large.onApplicationShutdown();
  });
});
