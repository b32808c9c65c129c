import { afterAll, beforeAll, describe } from 'vitest';
import { Api } from './api.js';
import { invalid, matching, notFound, success } from './expectation.js';
import { refusesBadNames } from './names.js';
import { coversItsRoutes } from './route-coverage.js';
import { scenarios } from './scenario.js';

/** Section 1.5. What scripts make of records: `scripts.spec.ts`. */

const api = new Api();
beforeAll(() => api.start());
afterAll(() => api.stop());

const ALL = '/api/v1/transformers';
const list = (...transformers: string[]) => ({
  method: 'GET',
  path: ALL,
  answer: success({ transformers }),
});
const save = (name: string, json: unknown) => ({ method: 'PUT', path: `${ALL}/${name}`, json });
const shows = (name: string, script: string) => ({
  method: 'GET',
  path: `${ALL}/${name}`,
  answer: success({ script }),
});

/** What does not compile is told by line and column, and in the compiler's own words. */
const doesNotCompile = (property: 'script' | 'code', place: string) =>
  invalid(new RegExp(`^invalid argument: ${property}: ${place}: .`), {
    [`body:${property}`]: [matching(/./)],
  });

describe('transformers', () => {
  scenarios(api, [
    { name: 'none at first: an empty list, not null', ...list() },
    {
      name: 'saved as they are, listed by name',
      ...save('b', { script: '# é 🙂\n. = parse_json!(.message)\n' }),
      answer: success(),
      next: [
        { ...save('a', { script: '.a = "\\n"' }), answer: success() },
        list('a', 'b'),
        shows('b', '# é 🙂\n. = parse_json!(.message)\n'),
        shows('a', '.a = "\\n"'),
      ],
    },
    {
      name: 'replaced by saving',
      ...save('a', { script: '.b = 1' }),
      answer: success(),
      next: [shows('a', '.b = 1'), list('a', 'b')],
    },
    {
      name: 'without a script: an empty one',
      ...save('a', {}),
      answer: success(),
      next: [shows('a', '')],
    },
    {
      name: 'a script that does not compile is not saved',
      ...save('a', { script: '.a = 1\n.b = (' }),
      answer: doesNotCompile('script', 'line 2, column 7'),
      next: [shows('a', '')],
    },
    {
      name: 'a script that uses what does not exist is not saved',
      ...save('c', { script: '. = parse_nothing(.message)' }),
      answer: doesNotCompile('script', 'line 1, column 5'),
      next: [list('a', 'b')],
    },
    {
      name: 'a script that leaves an error unhandled is not saved',
      ...save('c', { script: '. = parse_json(.message)' }),
      answer: doesNotCompile('script', 'line 1, column \\d+'),
      next: [list('a', 'b')],
    },
    {
      name: 'a script that is a list',
      ...save('c', { script: [] }),
      answer: invalid(/^invalid argument: script: /),
    },
    { name: 'deleted', method: 'DELETE', path: `${ALL}/a`, answer: success(), next: [list('b')] },
    {
      name: 'deleted again: not found',
      method: 'DELETE',
      path: `${ALL}/a`,
      answer: notFound('transformer', 'a'),
    },
    { name: 'absent: not found', method: 'GET', path: `${ALL}/a`, answer: notFound('transformer', 'a') },
    {
      name: 'a name is told back as it is',
      method: 'GET',
      path: `${ALL}/..%2F..%2Fetc%2Fpasswd`,
      answer: notFound('transformer', '../../etc/passwd'),
    },
  ]);
  refusesBadNames(api, 'transformers');
});

describe('trying a script out', () => {
  const test = (json: unknown) => ({ method: 'POST', path: '/api/v1/test/transformer', json });

  scenarios(api, [
    {
      name: 'shows what becomes of a record',
      ...test({ code: '.b = upcase!(.a)', record: { a: 'x' } }),
      answer: success({ record: { a: 'x', b: 'X' } }),
    },
    {
      name: 'reading transformers is enough',
      as: ['read_transformers'],
      ...test({ code: '', record: { a: 'x' } }),
      answer: success({ record: { a: 'x' } }),
    },
    { name: 'nothing of nothing', ...test({}), answer: success({ record: {} }) },
    { name: 'no record', ...test({ code: '.a = 1', record: null }), answer: success({ record: { a: '1' } }) },
    {
      name: 'saves nothing',
      ...test({ code: '.a = 1' }),
      answer: success({ record: { a: '1' } }),
      next: [list('b')],
    },
    {
      name: 'a script that does not compile',
      ...test({ code: '.a = (', record: {} }),
      answer: doesNotCompile('code', 'line 1, column 7'),
    },
    {
      name: 'a script that fails with the record',
      ...test({ code: '. = parse_json!(.message)', record: { message: 'no JSON' } }),
      answer: invalid(/^invalid argument: code: .*unable to parse json/),
    },
    {
      name: 'a script that gives up',
      ...test({ code: 'abort', record: {} }),
      answer: invalid(/^invalid argument: code: ./),
    },
    {
      name: 'a script that is a number',
      ...test({ code: 5, record: {} }),
      answer: invalid(/^invalid argument: code: /),
    },
    {
      name: 'a record that is a list',
      ...test({ code: '', record: ['a'] }),
      answer: invalid('invalid argument: record: expected an object of strings'),
    },
    {
      name: 'a field that is a number',
      ...test({ code: '', record: { a: 5 } }),
      answer: invalid('invalid argument: record.a: expected a string'),
    },
    {
      name: 'a field that is an object',
      ...test({ code: '', record: { a: { b: 'c' } } }),
      answer: invalid('invalid argument: record.a: expected a string'),
    },
  ]);
});

coversItsRoutes(api, 'transformers');
