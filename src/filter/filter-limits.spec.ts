import { describe, expect, it } from 'vitest';
import { compileFilter } from './compile-filter.js';
import { FilterError } from './filter-error.js';
import { filterSql } from './filter-sql.js';
import { formatFilter } from './format-filter.js';
import { indexSeeks } from './index-seeks.js';
import { parseFilter } from './parse-filter.js';

const nested = (levels: number) => `${'('.repeat(levels)}a = "1"${')'.repeat(levels)}`;
const chained = (count: number, word: string) =>
  Array.from({ length: count }, () => 'a = "1"').join(` ${word} `);
const listed = (count: number) => `a in [${Array.from({ length: count }, () => '""').join(',')}]`;

describe('the limits of a filter', () => {
  it.each([
    [
      'bytes',
      `a = "${'x'.repeat(65_530)}"`,
      `a = "${'x'.repeat(65_531)}"`,
      /^position 0 .*: a filter has at most 65536 bytes$/,
    ],
    ['bytes in UTF-8', `a = "${'é'.repeat(32_765)}"`, `a = "${'é'.repeat(32_766)}"`, /at most 65536 bytes$/],
    [
      'parentheses',
      nested(100),
      nested(101),
      /^position 100 .*: parentheses and negations go at most 100 deep$/,
    ],
    [
      'negations',
      `${'!'.repeat(100)}a = "1"`,
      `${'not '.repeat(101)}a = "1"`,
      /^position 400 .* at most 100 deep$/,
    ],
    [
      'both',
      `${'not ('.repeat(50)}a = "1"${')'.repeat(50)}`,
      `!${'not ('.repeat(50)}a = "1"${')'.repeat(50)}`,
      /at most 100 deep$/,
    ],
    [
      'comparisons',
      chained(1000, 'or'),
      chained(1001, 'or'),
      /^position 11000 .*: a filter has at most 1000 comparisons$/,
    ],
    [
      'values of a list',
      listed(10_000),
      listed(10_001),
      /^position 30006 .*: a list has at most 10000 values$/,
    ],
    [
      'length of a pattern',
      `a matches "[${'x'.repeat(998)}]"`,
      `a matches "${'x'.repeat(1001)}"`,
      /^position 10 .*: a regular expression has at most 1000 characters$/,
    ],
    [
      'steps of a pattern',
      'a matches "x{250}"',
      'a matches "x{0,300}"',
      /^position 10 .* too many steps for each character$/,
    ],
    [
      'steps of all patterns',
      'a matches "x{130}" or a matches "y{130}"',
      'a matches "x{130}" or a matches "y{130}" or a matches "z{130}"',
      /^position 54 .* too many steps/,
    ],
  ])('%s: one more is too much', (_, most, tooMuch, message) => {
    expect(() => parseFilter(most)).not.toThrow();
    expect(() => parseFilter(tooMuch)).toThrow(FilterError);
    expect(() => parseFilter(tooMuch)).toThrow(message);
  });

  it('nesting counts what is around, and each list for itself', () => {
    expect(() => parseFilter(Array.from({ length: 300 }, () => 'not (a = "1")').join(' and '))).not.toThrow();
    expect(() => parseFilter(`${listed(9000)} and ${listed(9000)}`)).not.toThrow();
  });

  it.each([
    ['parentheses', '('.repeat(100_000)],
    ['parentheses within the bytes', '('.repeat(65_000)],
    ['negations', '!'.repeat(65_000)],
    ['a chain', chained(5000, 'and')],
    ['spaces', ' '.repeat(65_000)],
    ['double quotes', '"'.repeat(65_536)],
    ['single quotes', "'".repeat(65_536)],
    ['quotes as values', `a = ${'"'.repeat(65_000)}`],
    ['a string without an end', `a = "${'x'.repeat(65_000)}`],
    ['escapes without an end', `a = "${'\\\\'.repeat(32_000)}`],
    ['a name without an end', `'${"\\'".repeat(32_000)}`],
    ['a list without an end', `a in [${'"",'.repeat(20_000)}`],
    ['brackets', `a in ${'['.repeat(65_000)}`],
  ])('refuses quickly: %s', (_, text) => {
    const start = performance.now();
    expect(() => parseFilter(text)).toThrow(FilterError);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('refuses regular expressions with large counts without unfolding them', () => {
    const start = performance.now();
    for (const character of 'abcdefgh')
      expect(() => parseFilter(`a matches "${`(|${character}|x){1000}`.repeat(80)}"`)).toThrow(
        /too many steps/,
      );
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('all that work on a tree stand the largest one', () => {
    // Nine comparisons at each of 100 levels.
    let text = 'a = "1"';
    for (let level = 0; level < 100; level++)
      text = `(${text} and b = "2" and c = "3" and d = "4" or ${chained(6, 'or')})`;
    const filter = parseFilter(text);
    expect(parseFilter(formatFilter(filter))).toEqual(filter);
    expect(compileFilter(filter)({ a: '1' })).toBe(true);
    expect(indexSeeks(filter, () => true)).toEqual([[{ field: 'a', value: '1' }]]);
    expect(filterSql(filter, 'fields').parameters.length).toBeLessThanOrEqual(32_766);
  });
});
