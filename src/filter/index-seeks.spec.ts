import { describe, expect, it } from 'vitest';
import { indexSeeks } from './index-seeks.js';
import { parseFilter } from './parse-filter.js';

/** The alternatives, each seek as `field=value`; all fields but `x` have an index. */
function seeks(text: string): string[] {
  const alternatives = indexSeeks(parseFilter(text), (field) => field !== 'x');
  return alternatives.map((one) => one.map(({ field, value }) => `${field}=${value}`).join(' '));
}

describe('indexSeeks', () => {
  it.each<[string, string[]]>([
    ['a = "1"', ['a=1']],
    ['x = "1"', []],
    ['a in ["1", "2", "1"]', ['a=1 a=2']],
    ['a in []', ['']],
    ['x in []', []],
    ['a != "1"', []],
    ['not a != "1"', []],
    ['a not in ["1"]', []],
    ['a contains "1"', []],
    ['a startsWith "1"', []],
    ['a endsWith "1"', []],
    ['a matches "1"', []],
    ['a = "1" or b = "2"', ['a=1 b=2']],
    ['a = "1" or a in ["1", "2"]', ['a=1 a=2']],
    ['a = "1" or x = "2"', []],
    ['a = "1" or a != "1"', []],
    ['a in ["1", "2"] and b = "3"', ['b=3', 'a=1 a=2']],
    ['a = "1" and x = "2" and b contains "3"', ['a=1']],
    ['a = "1" and a in []', ['', 'a=1']],
    ['(a in ["1", "2"] and b = "3") or c = "4"', ['b=3 c=4']],
    ['(a = "1" or b = "2") and (c = "3" or x = "4")', ['a=1 b=2']],
  ])('%s: %j', (text, alternatives) => {
    expect(seeks(text)).toEqual(alternatives);
  });

  it('seeks at most 100 values, and knows at most 8 alternatives, the shortest', () => {
    const list = (field: string, count: number) =>
      `${field} in [${Array.from({ length: count }, (_, n) => `"${n}"`).join(', ')}]`;
    const lengths = (text: string) => seeks(text).map((one) => one.split(' ').length);
    expect(lengths(list('a', 100))).toEqual([100]);
    expect(lengths(list('a', 101))).toEqual([]);
    expect(lengths(`${list('a', 50)} or ${list('b', 51)}`)).toEqual([]);
    expect(lengths(`${list('a', 101)} and ${list('b', 7)}`)).toEqual([7]);
    const ten = [9, 3, 8, 1, 7, 2, 6, 10, 5, 4].map((count) => list(`f${count}`, count)).join(' and ');
    expect(lengths(ten)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
