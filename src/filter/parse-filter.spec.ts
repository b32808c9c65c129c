import { describe, expect, it } from 'vitest';
import { FilterError } from './filter-error.js';
import type { Filter } from './filter.js';
import { parseFilter } from './parse-filter.js';

const is = (field: string, value = '1'): Filter => ({ kind: 'equals', field, value });
const not = (operand: Filter): Filter => ({ kind: 'not', operand });
const and = (...operands: Filter[]): Filter => ({ kind: 'and', operands });
const or = (...operands: Filter[]): Filter => ({ kind: 'or', operands });

/** The field of a filter that is one comparison. */
function fieldOf(text: string): string {
  const filter = parseFilter(text);
  if (!('field' in filter)) throw new Error(`${text} is not one comparison`);
  return filter.field;
}

function errorOf(text: string): FilterError {
  try {
    parseFilter(text);
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

describe('parseFilter', () => {
  it.each<[string, Filter]>([
    ['a = "1"', is('a')],
    ['a != "1"', not(is('a'))],
    ['a in ["1", "2"]', { kind: 'in', field: 'a', values: ['1', '2'] }],
    ['a not in ["1"]', not({ kind: 'in', field: 'a', values: ['1'] })],
    ['a in []', { kind: 'in', field: 'a', values: [] }],
    ['a = "1" or b = "1" and c = "1"', or(is('a'), and(is('b'), is('c')))],
    ['a = "1" and b = "1" or c = "1"', or(and(is('a'), is('b')), is('c'))],
    ['(a = "1" or b = "1") and c = "1"', and(or(is('a'), is('b')), is('c'))],
    ['not a = "1" and b = "1"', and(not(is('a')), is('b'))],
    ['not (a = "1" or b = "1")', not(or(is('a'), is('b')))],
    ['not not a != "1"', not(not(not(is('a'))))],
    ['a = "1" or (b = "1" or c = "1") or d = "1"', or(is('a'), is('b'), is('c'), is('d'))],
    ['((a = "1"))', is('a')],
    [
      'NOT a = "1" AND b IN ["1"] OR c NOT IN []',
      or(
        and(not(is('a')), { kind: 'in', field: 'b', values: ['1'] }),
        not({ kind: 'in', field: 'c', values: [] }),
      ),
    ],
  ])('reads the language of the reference: %s', (text, filter) => {
    expect(parseFilter(text)).toEqual(filter);
  });

  it.each<[string, Filter]>([
    ['a == "1"', is('a')],
    ["a = '1'", is('a')],
    ['a == "1" && b != "1" || c = "1" or d = "1"', or(and(is('a'), not(is('b'))), is('c'), is('d'))],
    ['!a == "1" && b = "1"', and(not(is('a')), is('b'))],
    ['!!(a = "1")', not(not(is('a')))],
    ['a != "1" and !a = "1"', and(not(is('a')), not(is('a')))],
    ['a contains "1"', { kind: 'contains', field: 'a', value: '1' }],
    ['a not contains "1"', not({ kind: 'contains', field: 'a', value: '1' })],
    ['a startsWith "1"', { kind: 'startsWith', field: 'a', value: '1' }],
    ['a NOT startsWith "1"', not({ kind: 'startsWith', field: 'a', value: '1' })],
    ['a endsWith "1"', { kind: 'endsWith', field: 'a', value: '1' }],
    ['a not endsWith "1"', not({ kind: 'endsWith', field: 'a', value: '1' })],
    ['a matches "^\\\\d+$"', { kind: 'matches', field: 'a', pattern: '^\\d+$' }],
    ['a not matches "1"', not({ kind: 'matches', field: 'a', pattern: '1' })],
    ['a in [\'1\', "2"]', { kind: 'in', field: 'a', values: ['1', '2'] }],
  ])('reads the newer spellings: %s', (text, filter) => {
    expect(parseFilter(text)).toEqual(filter);
  });

  it('needs no spaces where the parts are clear, and takes any number of them', () => {
    const filter = and(not(is('a')), { kind: 'in', field: 'b', values: ['1', '2'] });
    expect(parseFilter('not(a="1")and b in["1","2"]')).toEqual(filter);
    expect(parseFilter('!a="1"&&b in["1","2"]')).toEqual(filter);
    expect(parseFilter(' \n not\f( a\n=\t"1" ) and b in [ "1" , "2" ] \n')).toEqual(filter);
  });

  it('takes the longest word, and keywords only all lower or all upper', () => {
    for (const name of ['info', 'order', 'android', 'notes', 'not_', 'And', 'oR', 'Not', 'In', '_', 'a1'])
      expect(fieldOf(`${name} = "1"`)).toBe(name);
    for (const word of ['not', 'NOT', 'and', 'AND', 'or', 'OR', 'in', 'IN'])
      expect(() => parseFilter(`${word} = "1"`)).toThrow(FilterError);
  });

  it('knows the words of operators only where an operator stands', () => {
    for (const name of ['contains', 'startsWith', 'endsWith', 'matches']) {
      expect(parseFilter(`${name} = "1"`)).toEqual(is(name));
      expect(parseFilter(`not ${name} ${name} "1" and ${name} in []`)).toMatchObject({ kind: 'and' });
    }
    expect(() => parseFilter('a Contains "1"')).toThrow(FilterError);
  });

  it.each([
    ["'a.b c-d'", 'a.b c-d'],
    ["'not'", 'not'],
    ["''", ''],
    ["'é\n\"'", 'é\n"'],
    ["'a\\nb'", 'a\\nb'],
    ["'a\\\\'", 'a\\\\'],
    ["'a\\'b'", 'a\\b'],
    ['$env["a.b"]', 'a.b'],
    ['$env [ "it\'s \\"\\\\" ]', 'it\'s "\\'],
    ["$env['\\u{0}\\'']", "\0'"],
  ])('reads the name %s', (name, field) => {
    expect(fieldOf(`${name} = "1"`)).toBe(field);
  });

  it.each([
    ['\\a\\b\\v\\f\\n\\r\\t', '\u0007\b\v\f\n\r\t'],
    ['\\e\\E', '\u001b\u001b'],
    ['\\\\ \\\' \\" \\$ \\` \\ ', '\\ \' " $ `  '],
    ['\\u{41}\\u{0}\\u{e9}\\u{1F600}\\u{00010FFFF}', 'A\0é😀\u{10ffff}'],
    ['line\r\nline', 'line\r\nline'],
  ])('reads the escapes of %s in both kinds of quotes', (text, value) => {
    expect(parseFilter(`a = "${text}"`)).toEqual(is('a', value));
    expect(parseFilter(`a = '${text}'`)).toEqual(is('a', value));
  });

  it('refuses every other escape', () => {
    for (const escape of ['d', 'x41', '0', '1', '/', '%', '\n', 'U{41}', 'é', '😀', 'A', 'N'])
      expect(errorOf(`a = "\\${escape}"`)).toMatchObject({ position: 5 });
    for (const escape of [
      'u',
      'u41',
      'u{',
      'u{}',
      'u{g}',
      'u{+1}',
      'u{ 1}',
      'u{41',
      'u{D800}',
      'u{dfff}',
      'u{110000}',
    ])
      expect(errorOf(`a = "\\${escape}"`)).toMatchObject({ position: 5 });
  });
});

describe('FilterError', () => {
  const OPERATORS = '"=", "!=", "not", "in", "contains", "startsWith", "endsWith" or "matches"';

  it.each([
    ['', 0, 'expected "not", "(" or a field name but found the end of the filter'],
    [' \t', 2, 'expected "not", "(" or a field name but found the end of the filter'],
    ['"a" = "1"', 0, 'expected "not", "(" or a field name but found "\\""'],
    ['and = "1"', 0, 'expected "not", "(" or a field name but found "and"'],
    ['a', 1, `expected ${OPERATORS} but found the end of the filter`],
    ['a ~ "1"', 2, `expected ${OPERATORS} but found "~"`],
    ['a\r= "1"', 1, `expected ${OPERATORS} but found "\\r"`],
    ['a\u00a0= "1"', 1, `expected ${OPERATORS} but found "\\u{A0}"`],
    ['a notin ["1"]', 2, `expected ${OPERATORS} but found "notin"`],
    ['a not = "1"', 6, 'expected "in", "contains", "startsWith", "endsWith" or "matches" but found "="'],
    ['a = 500', 4, 'expected a string in double quotes but found "500"'],
    ['a = b', 4, 'expected a string in double quotes but found "b"'],
    ['a === "1"', 4, 'expected a string in double quotes but found "="'],
    ['a in "1"', 5, 'expected "[" but found "\\""'],
    ['a in ["1",]', 10, 'expected a string in double quotes but found "]"'],
    ['a in ["1" "2"]', 10, 'expected "," or "]" but found "\\""'],
    ['a in [', 6, 'expected a string in double quotes or "]" but found the end of the filter'],
    ['a = "1" b = "2"', 8, 'expected "and", "or" or the end of the filter but found "b"'],
    ['a = "1" 😀', 8, 'expected "and", "or" or the end of the filter but found "😀"'],
    ['a = "1" and', 11, 'expected "not", "(" or a field name but found the end of the filter'],
    ['(a = "1"', 8, 'expected "and", "or" or ")" but found the end of the filter'],
    ['a = "1")', 7, 'expected "and", "or" or the end of the filter but found ")"'],
    ['()', 1, 'expected "not", "(" or a field name but found ")"'],
    ['$env = "1"', 5, 'expected "[" but found "="'],
    ['$env[a] = "1"', 5, 'expected a string in double quotes but found "a"'],
    ['a = "1', 4, 'the string that begins here does not end'],
    ['a = "1\\"', 4, 'the string that begins here does not end'],
    ["a = '1", 4, 'the string that begins here does not end'],
    ['\'a\\\' = "1"', 0, 'the name in single quotes that begins here does not end'],
    ['a = "x\\d"', 6, 'no escape has "d" behind the backslash: \\\\ is a backslash'],
    ['a = "\\\n"', 5, 'no escape has "\\n" behind the backslash: \\\\ is a backslash'],
    ['a = "\\u00e9"', 5, 'an escape by number has the form \\u{1F600}'],
    ['a = "\\u{D800}"', 5, 'Unicode has no character of this number'],
    ['a = "\ud83d"', 5, 'half a surrogate pair is not a character'],
    ['a matches "a(b"', 10, 'this is not a regular expression: missing closing ) at "a(b"'],
    ['a matches "*"', 10, 'this is not a regular expression: missing argument to repetition operator at "*"'],
    [
      'a matches "(?=a)"',
      10,
      'this is not a regular expression: invalid or unsupported Perl syntax at "(?="',
    ],
  ])('says what is wrong with %j, and where', (text, position, reason) => {
    const { message, ...place } = errorOf(text);
    expect(message).toBe(`position ${position} (line 1, column ${position + 1}): ${reason}`);
    expect(place).toMatchObject({ position, line: 1, column: position + 1 });
  });

  it('counts lines and columns from 1, positions from 0, in UTF-16 units', () => {
    const error = errorOf('a = "😀" or\n\n  b = "😀" c');
    expect(error).toMatchObject({ position: 24, line: 3, column: 12 });
    expect(error.message).toMatch(/^position 24 \(line 3, column 12\): expected /);
  });

  it('is one line, whatever the text holds', () => {
    for (const text of ['a = "1" \r', 'a \u2028', 'a matches "(\n"', 'a = "\\\u2029"', 'a = "1" \u0085'])
      expect(errorOf(text).message).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
  });
});
