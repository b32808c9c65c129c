import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScriptFailure } from '#src/vrl/script-engine.js';
import type { VrlEngine } from '#src/vrl/vrl-engine.js';
import { createEngine } from './engines.js';

let engine: VrlEngine;

beforeAll(() => {
  engine = createEngine();
});
afterAll(() => engine.onApplicationShutdown());

describe('check', () => {
  it.each(['', '# nothing', '.', '.a = 1\nabort', '. = parse_json!(.message)', 'return .'])(
    'finds nothing in %j',
    async (script) => {
      expect(await engine.check(script)).toEqual([]);
    },
  );

  it('says what, where in characters, and what the compiler says', async () => {
    const faults = await engine.check('# 日本 😀\n.a = "ü😀"; .x = nothing_such(1)\n');
    expect(faults).toEqual([
      {
        message: 'call to undefined function: undefined function',
        line: 2,
        column: 17,
        report: expect.stringMatching(
          /^message: call to undefined function\ncode: 105\n(.*\n)+.*did you mean/,
        ),
      },
    ]);
  });

  it('says it of each place', async () => {
    const faults = await engine.check('.a = nothing_such(1)\n.b = nothing_else(2)');
    expect(faults.map(({ line, column }) => [line, column])).toEqual([
      [1, 6],
      [2, 6],
    ]);
    expect(await engine.check('.a = nothing_such(1)\n'.repeat(500))).toHaveLength(100);
  });

  it.each([
    '.x =',
    '.x = 1 +',
    'if true {',
    '.a = {"b":',
    'del(',
    '.a = "b',
    '.a = parse_json(.b)',
    '.a = [1,\n\n',
  ])('finds a fault in %j, and so does a run, whatever is compiled with it', async (script) => {
    const [fault] = await engine.check(script);
    expect(fault).toBeDefined();
    const { message, line, column } = fault!;
    const failure = new ScriptFailure(
      `the script does not compile: line ${line}, column ${column}: ${message}`,
    );
    expect(await engine.run(script, [{}, { a: '1' }])).toEqual([failure, failure]);
  });

  it('does not take what is too large', async () => {
    const most = `# ${'x'.repeat(1024 * 1024 - 2)}`;
    expect(await engine.check(most)).toEqual([]);
    expect(await engine.run(most, [{ a: '1' }])).toEqual([{ a: '1' }]);
    const [fault] = await engine.check(`${most}é`);
    expect(fault).toMatchObject({ message: 'the script is larger than 1048576 bytes', line: 1, column: 1 });
    expect(await engine.run(`${most}é`, [{}])).toEqual([
      new ScriptFailure(
        'the script does not compile: line 1, column 1: the script is larger than 1048576 bytes',
      ),
    ]);
  });

  it('survives what breaks the compiler', async () => {
    const script = `.a = ${'('.repeat(20_000)}1${')'.repeat(20_000)}`;
    const reason = 'compiling the script used more than 256 MiB of memory or broke down';
    expect(await engine.check(script)).toEqual([{ message: reason, line: 1, column: 1, report: reason }]);
    const results = await engine.run(script, [{}, {}, {}]);
    expect(results).toEqual([1, 2, 3].map(() => new ScriptFailure(reason)));
    expect(await engine.run('.a = 1', [{}])).toEqual([{ a: '1' }]);
  });

  it('survives what keeps the compiler busy', async () => {
    const impatient = createEngine({ FLOWG_VRL_TIMEOUT_MS: '1000' });
    const reason = 'compiling the script took longer than 1000 ms';
    expect(await impatient.check(`.${'a.'.repeat(200_000)}a = 1`)).toEqual([
      { message: reason, line: 1, column: 1, report: reason },
    ]);
    expect(await impatient.check('.a = 1')).toEqual([]);
    await impatient.onApplicationShutdown();
  });
});
