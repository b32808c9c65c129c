import { describe, expect, it } from 'vitest';
import { formatFilter } from './format-filter.js';
import { parseFilter } from './parse-filter.js';

describe('formatFilter', () => {
  it.each([
    ['a=="1"', 'a = "1"'],
    ["!(a = '1')", 'a != "1"'],
    ['not a != "1"', 'not a != "1"'],
    ['not (a in ["1",\'2\'])', 'a not in ["1", "2"]'],
    ['a IN []', 'a in []'],
    ['!(a contains "1")', 'a not contains "1"'],
    ['a matches "\\\\d"', 'a matches "\\\\d"'],
    ['a="1"||b="1"&&!(c="1")', 'a = "1" or b = "1" and c != "1"'],
    ['((a="1")||(b="1"))&&(c="1")', '(a = "1" or b = "1") and c = "1"'],
    ['(a = "1" and b = "1") and c = "1"', 'a = "1" and b = "1" and c = "1"'],
    ['!(a = "1" and b = "1")', 'not (a = "1" and b = "1")'],
    ['!!(a = "1" or b = "1")', 'not not (a = "1" or b = "1")'],
  ])('writes %s as %s', (text, canonical) => {
    expect(formatFilter(parseFilter(text))).toBe(canonical);
  });

  it.each([
    ['level', 'level'],
    ['contains', 'contains'],
    ['And', 'And'],
    ['and', "'and'"],
    ['NOT', "'NOT'"],
    ['', "''"],
    ['1a', "'1a'"],
    ['a.b "c"', '\'a.b "c"\''],
    ['a\\b', "'a\\b'"],
    ['a\\\\', "'a\\\\'"],
    ['a\\', '$env["a\\\\"]'],
    ["it's", '$env["it\'s"]'],
    ['a\nb', '$env["a\\nb"]'],
    ['\\\n', '$env["\\\\\\n"]'],
    ['\0', '$env["\\u{0}"]'],
    ['a\u2028', '$env["a\\u{2028}"]'],
  ])('writes the name %j as %s', (field, written) => {
    const filter = { kind: 'equals', field, value: '1' } as const;
    expect(formatFilter(filter)).toBe(`${written} = "1"`);
    expect(parseFilter(formatFilter(filter))).toEqual(filter);
  });

  it('writes values on one line', () => {
    const value = '"\\\n\r\t\v\f\0\u001b\u007f\u0085\u00a0\u2029é😀\'';
    const text = formatFilter({ kind: 'equals', field: 'a', value });
    expect(text).toBe(`a = "\\"\\\\\\n\\r\\t\\v\\f\\u{0}\\u{1B}\\u{7F}\\u{85}\\u{A0}\\u{2029}é😀'"`);
    expect(parseFilter(text)).toEqual({ kind: 'equals', field: 'a', value });
  });
});
