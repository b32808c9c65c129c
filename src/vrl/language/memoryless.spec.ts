import { describe, expect, it } from 'vitest';
import { isMemoryless } from './memoryless.js';

describe('isMemoryless', () => {
  it.each([
    '',
    '. = parse_json!(.message)',
    '. = parse_apache_log!(.message, "common")',
    '.level = downcase!(.level) # "quoted" % and x = 1',
    'if exists(.a) { .b = 1 } else if .c == "x" { del(.a) } else { abort }',
    '.a."b c"[0].@d = parse_timestamp!(.t, format: "%Y-%m-%d") ?? null',
    ".m = match!(.a, r'^\\d+$') && .n != 1.5",
    '.a = "an \\"escaped\\" quote"; .b = {"c": [1, true]}',
    ".t = t'2021-01-01T00:00:00Z' |\n  .u",
  ])('%s', (script) => {
    expect(isMemoryless(script)).toBe(true);
  });

  it.each([
    'x = 1',
    '.a = 1\nif exists(.set) { x.z = 1 }\nx.y = 2\n.b = x',
    'x, err = parse_json(.a)',
    '.a, err = parse_json(.a)',
    'y = exists(.a) && (x = .a) != null',
    '.a = "#"; x = 1 # .b',
    ".a = r'\\'; x = 1'",
    '%m = 1',
    '.b = %',
    'return null',
    'if exists(.a) { return {"b": 1} }',
    'for_each([1]) -> |_i, v| { .n = v }',
    '.a = "unfinished',
    '.é = 1',
  ])('not %s', (script) => {
    expect(isMemoryless(script)).toBe(false);
  });

  it('reads a large script in no time', () => {
    const start = performance.now();
    expect(isMemoryless(`${'.a = "b" # c\n'.repeat(80_000)}x`)).toBe(false);
    expect(isMemoryless(`"${'\\"'.repeat(500_000)}`)).toBe(false);
    expect(isMemoryless('a'.repeat(1_000_000))).toBe(false);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
