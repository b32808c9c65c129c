import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALWAYS } from '../logs/logs-client.js';
import { Api, PATIENCE } from './api.js';
import { invalid, matching } from './expectation.js';
import { perform } from './scenario.js';

/** Sections 3.1 and 3.2, through a query: with an index and without one the answers are the same. */

const api = new Api();
const LOGS = '/api/v1/streams/default/logs';
const withFilter = (filter: string) => `${LOGS}?${ALWAYS}&filter=${encodeURIComponent(filter)}`;

/** By their numbers. */
const RECORDS: Record<string, Record<string, string>> = {
  1: { a: '1' },
  2: { b: '2', c: '3' },
  3: { a: '1', b: '2', c: '3' },
  4: { level: 'error', 'http.status': '500', 'two words': 'x', not: 'n' },
  5: { level: 'info', info: 'i', order: 'o', _x9: 'u' },
  6: { 'a\\b': 'x', text: 'say "hi" \\ \' $ `', empty: '' },
  7: { text: '\x07\b\v\f\n\r\t\x1b ', emoji: '😀é' },
};

beforeAll(async () => {
  await api.start();
  const records = Object.entries(RECORDS).map(([id, fields]) => Object.assign({ id }, fields));
  await api.ok('POST', '/api/v1/pipelines/default/logs/struct', { records });
});
afterAll(() => api.stop());

/** Filters and the numbers of the records that match. */
const MATCHES: [filter: string, numbers: string][] = [
  // Comparison: byte for byte, an absent field is equal to nothing.
  ['a = "1"', '1 3'],
  ['a != "1"', '2 4 5 6 7'],
  ['level = "Error"', ''],
  ['level = "err"', ''],
  ['Level = "error"', ''],
  ['empty = ""', '6'],
  ['absent = ""', ''],
  ['absent != ""', '1 2 3 4 5 6 7'],
  ['level in ["error", "info"]', '4 5'],
  ['level in ["error"]', '4'],
  ['level in []', ''],
  ['level not in ["error"]', '1 2 3 5 6 7'],
  ['level not in []', '1 2 3 4 5 6 7'],
  // Precedence: not, and, or.
  ['a = "1" or b = "2" and c = "3"', '1 2 3'],
  ['(a = "1" or b = "2") and c = "3"', '2 3'],
  ['not a = "1" and b = "2"', '2'],
  ['not (a = "1" and b = "2")', '1 2 4 5 6 7'],
  ['not (a = "1" or b = "2")', '4 5 6 7'],
  ['not not a = "1"', '1 3'],
  ['not a != "1"', '1 3'],
  ['a = "1" and b = "2" and c = "3"', '3'],
  ['level = "error" or level = "info" or a = "1"', '1 3 4 5'],
  ['((a = "1"))', '1 3'],
  // Words: all lower or all upper; the longest wins.
  ['NOT a = "1" AND b = "2" OR level IN ["info"]', '2 5'],
  ['level NOT IN ["error", "info"] AND NOT a = "1"', '2 6 7'],
  ['info = "i"', '5'],
  ['order = "o"', '5'],
  ['_x9 = "u"', '5'],
  // Names in single quotes, in which nothing is an escape.
  ['\'http.status\' = "500"', '4'],
  ['\'two words\' = "x"', '4'],
  ['\'not\' = "n"', '4'],
  ['\'a\' = "1"', '1 3'],
  ["'a\\'b' = \"x\"", '6'],
  // What is skipped.
  ['\t a\n=\f"1" ', '1 3'],
  ['a="1"or(b="2")', '1 2 3'],
  // Escapes in strings.
  ['text = "say \\"hi\\" \\\\ \\\' \\$ \\`"', '6'],
  ['text = "\\a\\b\\v\\f\\n\\r\\t\\e\\ "', '7'],
  ['text = "\\a\\b\\v\\f\\n\\r\\t\\E\\ "', '7'],
  ['emoji = "\\u{1F600}\\u{e9}"', '7'],
  ['emoji = "😀é"', '7'],
];

/** What the newer reference writes, and ours: accepted beside the language of the contract. */
const SUPERSET: [filter: string, numbers: string][] = [
  ["level == 'error'", '4'],
  ["level = 'error'", '4'],
  ['level contains "rr"', '4'],
  ['level startsWith "in" || level endsWith "or"', '4 5'],
  ['level matches "^(error|info)$" && !(level = "info")', '4'],
  ['$env["a\\\\b"] = "x"', '6'],
];

const REFUSED = [
  '',
  ' ',
  'a',
  'a =',
  'a = 1',
  'a = b',
  'a = null',
  '"a" = "1"',
  'a < "1"',
  'a = "1" b = "2"',
  'a = "1" And b = "2"',
  'a = "1" and',
  'or a = "1"',
  'not',
  '(a = "1"',
  'a = "1")',
  'a in "1"',
  'a in ["1",]',
  'a in ["1" "2"]',
  'a in [b]',
  'a not = "1"',
  'a.b = "1"',
  '9a = "1"',
  'a = "1',
  '\'a = "1"',
  'a =\r"1"',
  '@',
  'a = "\\d"',
  'a = "\\x41"',
  'a = "\\u41"',
  'a = "\\u{}"',
  'a = "\\u{110000}"',
  'a = "\\u{D800}"',
  'a = "1"\0',
];

async function matched(filter: string): Promise<string> {
  const { records } = await api.ok('GET', withFilter(filter));
  return records
    .map(({ fields }: { fields: Record<string, string> }) => fields.id)
    .toSorted()
    .join(' ');
}

describe('a filter', () => {
  it.each(MATCHES)('%j', async (filter, numbers) => {
    expect(await matched(filter)).toBe(numbers);
  });

  it.each(SUPERSET)('%j, beyond the contract', async (filter, numbers) => {
    expect(await matched(filter)).toBe(numbers);
  });

  it.each(REFUSED)('%j is none', async (filter) => {
    const complaint =
      filter === '' ? /^a filter cannot be empty/ : /^position \d+ \(line \d, column \d+\): ./;
    const text = filter === '' ? 'validation failed' : 'bad request';
    const answer = invalid(`invalid argument: ${text}`, { 'query:filter': [matching(complaint)] });
    await perform(api, { method: 'GET', path: withFilter(filter), answer });
  });

  it('gives the same with an index as without one', async () => {
    const config = { indexed_fields: ['a', 'b', 'level', 'http.status', 'text', 'empty', 'absent'] };
    await api.ok('PUT', '/api/v1/streams/default', { config });
    const ready = async () =>
      (await api.ok('GET', '/api/v1/streams/default/indexes')).indexes.every((one: any) => one.ready);
    await expect.poll(ready, PATIENCE).toBe(true);
    for (const [filter, numbers] of [...MATCHES, ...SUPERSET])
      expect(await matched(filter), filter).toBe(numbers);
  });
});
