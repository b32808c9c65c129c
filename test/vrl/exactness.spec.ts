import { array, assert, asyncProperty, double, integer, jsonValue, oneof } from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Fields } from '#src/vrl/script-engine.js';
import type { VrlEngine } from '#src/vrl/vrl-engine.js';
import { createEngine } from './engines.js';

let engine: VrlEngine;

beforeAll(() => {
  engine = createEngine();
});
afterAll(() => engine.onApplicationShutdown());

/** Some of them have two shortest texts that are equally near. */
const eighths = integer({ min: 0, max: Number.MAX_SAFE_INTEGER }).map((n) => n / 8);
const floats = oneof(double({ noNaN: true, noDefaultInfinity: true }), eighths);

it('floats are printed as the script itself prints them', async () => {
  await assert(
    asyncProperty(array(floats, { minLength: 1, size: 'large' }), async (values) => {
      const records = values.map((value) => ({ text: Object.is(value, -0) ? '-0.0' : String(value) }));
      const results = await engine.run('.a = parse_float!(.text)\n.b = to_string(.a)', records);
      for (const { a, b } of results as Fields[]) expect(a).toBe(b);
    }),
    { numRuns: 30 },
  );
});

it('a result does not depend on whether something in it needs the second, exact run', async () => {
  await assert(
    asyncProperty(array(jsonValue(), { minLength: 1 }), async (values) => {
      const records = values.map((value) => ({ text: JSON.stringify(value) }));
      const [quick, exact] = await Promise.all(
        ['quick', '\ufffd'].map((z) =>
          engine.run(`.a = parse_json!(.text)\ndel(.text)\n.z = "${z}"\n.none = null`, records),
        ),
      );
      for (const [index, result] of quick!.entries()) {
        const other = exact![index]!;
        if ('z' in result && 'z' in other) result.z = other.z!;
        expect(other).toEqual(result);
      }
    }),
    { numRuns: 30 },
  );
});
