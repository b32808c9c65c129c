import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { register } from 'prom-client';
import { type Fields, ScriptFailure } from '#src/vrl/script-engine.js';
import type { VrlEngine } from '#src/vrl/vrl-engine.js';
import { createEngine } from './engines.js';

/** Records enough for any script to have been tried on them one by one, and then to be run on many at once. */
const MANY = 300;

/** To see records run together on a machine that stands still now and then. */
const MOST_ATTEMPTS = 5;

let engine: VrlEngine;

beforeAll(() => {
  engine = createEngine({ FLOWG_VRL_WORKERS: '1' });
});
afterAll(() => engine.onApplicationShutdown());

/** What each record becomes when it is the first that its script is ever run on. */
async function resultsAlone(script: string, records: Fields[]) {
  const results = [];
  for (const [place, record] of records.entries()) {
    const [result] = await engine.run(`${script}\n# ${place}`, [record]);
    results.push(result);
  }
  return results;
}

describe('many records at once become the same as each by itself', () => {
  const kinds: Fields[] = [
    { a: '1', set: 'y' },
    { a: '2' },
    { a: '[1, 2.5, null, {"b": "c"}]', set: 'y' },
    {},
    { a: '"x"' },
    { a: '9007199254740993' },
    { a: '"\ufffd"', other: '\ufffd' },
    { 'a.b': '1', a: '{"string": "x"}' },
    { __proto__x: 'p', a: 'true' },
  ];

  it.each([
    '.b = 1',
    '. = parse_json!(.a)',
    '. = parse_json(.a) ?? {"bad": .a}',
    "if exists(.set) { .b = now() > t'2021-01-01T00:00:00Z' }",
    'if exists(.set) { abort }',
    'if exists(.set) { return {"b": 1} }\n.c = 1',
    ".j = parse_json(.a) ?? null\n.t = t'2021-01-01T00:00:00.5Z'\n.f = 1e3",
    'x.y = .a\n.b = x',
    'if exists(.set) { x.z = 1 }\nx.y = 1\n.b = x',
    'if exists(.set) { %m = .a }\n.b = %',
    'y = exists(.set) && (x = .a) != null\n.b = x',
    'del(.)',
    '. = []',
    '-1\n.b = 2',
    '',
    '.b = length(.)',
  ])('%s', async (script) => {
    const records = Array.from({ length: MANY }, (_, n) => kinds[n % kinds.length]!);
    const expected = await resultsAlone(script, kinds);
    const results = await engine.run(script, records);
    for (const [n, result] of results.entries()) expect(result).toEqual(expected[n % kinds.length]);
  });
});

describe('a record among many that the script does not bear', () => {
  const quick = (n: number): Fields => ({ n: `${n}`, text: '1' });
  const heavy: Fields = { n: 'heavy', text: `[${'{},'.repeat(250_000)}{}]` };

  async function stops(): Promise<number> {
    const { values } = await register.getSingleMetric('flowg_transformer_stopped_total')!.get();
    return values.reduce((sum, { value }) => sum + value, 0);
  }

  it.each([
    // Long enough that a machine that stands still for a moment does not stop what is quick, and the thread with what it knows.
    ['time', { FLOWG_VRL_TIMEOUT_MS: '500' }, 'the script took longer than 500 ms'],
    ['memory', { FLOWG_VRL_MEMORY_MB: '64' }, 'the script used more than 64 MiB of memory or broke down'],
  ])('is the only one that is lost: %s', async (_, limits, reason) => {
    const narrow = createEngine({ FLOWG_VRL_WORKERS: '1', ...limits });
    const script = `.parsed = [${Array.from({ length: 40 }, () => 'parse_json!(.text)').join(', ')}]
      .parsed = length(.parsed)`;
    const records = Array.from({ length: MANY }, (__, n) => quick(n));
    const done = (n: number) => ({ ...quick(n), parsed: '40' });
    // A thread that happened to be slow at last takes records one by one, and then knows at once which one it is.
    let stopped = 0;
    for (let attempt = 0; attempt < MOST_ATTEMPTS && stopped < 2; attempt++) {
      await narrow.run(script, records);
      const before = await stops();
      const run = narrow.run(script, [quick(0), quick(1), quick(2), heavy, quick(3)]);
      const sharing = narrow.run(script, [quick(4), quick(5), quick(6)]);
      expect(await run).toEqual([done(0), done(1), done(2), new ScriptFailure(reason), done(3)]);
      expect(await sharing).toEqual([done(4), done(5), done(6)]);
      stopped = (await stops()) - before;
    }
    // Once when nobody knew which record it was, and once when it was known.
    expect(stopped).toBe(2);
    await narrow.onApplicationShutdown();
  });
});
