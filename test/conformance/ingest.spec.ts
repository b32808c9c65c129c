import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { gzipSync } from 'node:zlib';
import { flowOf, router, source, transform } from '../pipelines/pipeline-client.js';
import { Api } from './api.js';
import { invalid, matching, notFound, problem, success } from './expectation.js';
import { refusesBadNames } from './names.js';
import { coversItsRoutes } from './route-coverage.js';
import { each, perform, scenarios } from './scenario.js';
import { holds, purge, savePipeline, saveTransformer } from './steps.js';

/** Section 4 without syslog, and two of the forms that later versions take (section 9, 0.32.0). */

const api = new Api({ FLOWG_RECORD_VALUE_LIMIT_KB: '1' });
beforeAll(() => api.start());
afterAll(() => api.stop());
beforeEach(() => perform(api, purge('default')));

const JSON_TYPE = { 'Content-Type': 'application/json' };
const TEXT_TYPE = { 'Content-Type': 'text/plain' };

const to = (pipeline: string, form = '') => ({
  method: 'POST',
  path: `/api/v1/pipelines/${pipeline}/logs${form}`,
});
const sending = (pipeline: string, record: unknown) => ({ ...to(pipeline), json: { record } });

describe('one record', () => {
  const wrong: [name: string, record: unknown, complaint: string][] = [
    ['a text', 'x', 'record: expected an object of strings'],
    ['a list', [], 'record: expected an object of strings'],
    ['with a number', { a: 5 }, 'record.a: expected a string'],
    ['with a boolean', { a: true }, 'record.a: expected a string'],
    ['with a list', { a: [] }, 'record.a: expected a string'],
    ['with an object', { a: {} }, 'record.a: expected a string'],
    [
      'with a value that is too large',
      { a: 'x'.repeat(1025) },
      'field "a": the value has 1025 bytes, 1024 are possible',
    ],
  ];

  scenarios(api, [
    {
      name: 'is stored with the time of the server when the answer comes',
      ...sending('default', { message: 'hello é 🙂 <b>&', app: 'shop' }),
      answer: success(),
      next: [holds('default', { message: 'hello é 🙂 <b>&', app: 'shop' })],
    },
    {
      name: 'may be sent by somebody who may do nothing else',
      as: ['send_logs'],
      ...sending('default', { a: 'b' }),
      answer: success(),
      next: [holds('default', { a: 'b' })],
    },
    {
      name: 'cannot set its time',
      ...to('default'),
      json: { record: { a: 'b' }, timestamp: '2001-01-01T00:00:00Z' },
      answer: success(),
      next: [holds('default', { a: 'b' })],
    },
    {
      name: 'without fields',
      ...sending('default', {}),
      answer: success(),
      next: [holds('default', {})],
    },
    { name: 'null', ...sending('default', null), answer: success(), next: [holds('default', {})] },
    { name: 'absent', ...to('default'), json: {}, answer: success(), next: [holds('default', {})] },
    {
      name: 'with fields of any name',
      ...sending('default', { '': 'empty', 'a.b c': 'x', ключ: '', '\'"\n': 'y' }),
      answer: success(),
      next: [holds('default', { '': 'empty', 'a.b c': 'x', ключ: '', '\'"\n': 'y' })],
    },
    {
      name: 'with null for a value',
      ...sending('default', { a: null }),
      answer: success(),
      next: [holds('default', { a: '' })],
    },
    {
      name: 'with NUL characters',
      ...sending('default', { a: 'x\0y' }),
      answer: success(),
      next: [holds('default', { a: 'x\0y' })],
    },
    {
      name: 'packed by gzip',
      ...to('default'),
      headers: { ...JSON_TYPE, 'Content-Encoding': 'gzip' },
      body: gzipSync('{"record":{"a":"b"}}'),
      answer: success(),
      next: [holds('default', { a: 'b' })],
    },
    ...each(wrong, ([name, record, complaint]) => ({
      name,
      ...sending('default', record),
      answer: invalid(`invalid argument: ${complaint}`),
      next: [holds('default')],
    })),
    {
      name: 'with more fields than a stream could list',
      ...sending('default', Object.fromEntries(Array.from({ length: 20_001 }, (_, n) => [n, '']))),
      answer: invalid('invalid argument: record: at most 20000 properties are possible'),
    },
    {
      name: 'for a pipeline that is absent',
      ...sending('absent', {}),
      answer: notFound('pipeline', 'absent'),
    },
  ]);
  refusesBadNames(api, 'ingest');
});

describe('a pipeline', () => {
  scenarios(api, [
    {
      name: 'without anything behind its source takes a record and stores nothing',
      ...savePipeline('nowhere', flowOf([source()])),
      next: [
        { ...sending('nowhere', { a: 'b' }), answer: success() },
        { method: 'GET', path: '/api/v1/streams', answer: success({ streams: {} }) },
      ],
    },
    {
      name: 'without a source for requests',
      ...savePipeline('syslog-only', flowOf([source('in', 'syslog'), router('s')], 'in > s')),
      next: [
        {
          ...sending('syslog-only', { a: 'b' }),
          answer: invalid(
            'invalid argument: pipeline "syslog-only" has no source of type "direct" to come in by',
          ),
        },
      ],
    },
    {
      name: 'of which one branch fails stores nothing in the others',
      ...saveTransformer('json', '. = parse_json!(.m)'),
      next: [
        savePipeline('fork', flowOf([source(), router('s'), transform('t', 'json')], 'in > s', 'in > t')),
        {
          ...sending('fork', { m: 'no JSON' }),
          answer: invalid(
            /^invalid argument: node "t".* failed: .*unable to parse json.*; nothing was stored$/,
            {
              'node:t': [matching(/unable to parse json/)],
            },
          ),
        },
        holds('s'),
        { ...sending('fork', { m: '{}' }), answer: success() },
        holds('s', { m: '{}' }),
      ],
    },
    {
      name: 'that names what was deleted since',
      ...saveTransformer('gone', ''),
      next: [
        savePipeline('broken', flowOf([source(), transform('t', 'gone')], 'in > t')),
        { method: 'DELETE', path: '/api/v1/transformers/gone', answer: success() },
        {
          ...sending('broken', {}),
          answer: problem(
            'NOT_FOUND',
            'not found: pipeline "broken" cannot run: node "t": transformer "gone" does not exist',
            { 'node:t': ['transformer "gone" does not exist'] },
          ),
        },
      ],
    },
  ]);
});

describe('several records', () => {
  const struct = (json: unknown) => ({ ...to('default', '/struct'), json });
  const processed = (count: number) => success({ processed_count: count });

  scenarios(api, [
    {
      name: 'in their order',
      ...struct({ records: [{ n: '1' }, { n: '2' }, null] }),
      answer: processed(3),
      next: [holds('default', {}, { n: '2' }, { n: '1' })],
    },
    { name: 'none', ...struct({ records: [] }), answer: processed(0) },
    { name: 'null', ...struct({ records: null }), answer: processed(0) },
    { name: 'absent', ...struct({}), answer: processed(0), next: [holds('default')] },
    {
      name: 'of which one is wrong: none is stored',
      ...struct({ records: [{ n: '1' }, { n: 2 }] }),
      answer: invalid('invalid argument: records.1.n: expected a string'),
      next: [holds('default')],
    },
    {
      name: 'that are an object',
      ...struct({ records: {} }),
      answer: invalid(/^invalid argument: records: /),
    },
    {
      name: 'more than one request may bring',
      ...struct({ records: Array.from({ length: 50_001 }, () => null) }),
      answer: invalid('invalid argument: records: at most 50000 are possible'),
    },
    {
      name: 'for a pipeline that is absent',
      ...to('absent', '/struct'),
      json: { records: [{}] },
      answer: notFound('pipeline', 'absent'),
    },
  ]);
});

describe('lines of text', () => {
  const text = (body: string | Buffer, headers: Record<string, string> = TEXT_TYPE) => ({
    ...to('default', '/text'),
    headers,
    body,
  });
  const processed = (count: number) => success({ processed_count: count });

  scenarios(api, [
    {
      name: 'each that is not empty is a record',
      ...text('one\n\n two \r\nthree'),
      answer: processed(3),
      next: [holds('default', { content: 'three' }, { content: ' two ' }, { content: 'one' })],
    },
    {
      name: 'with a charset',
      ...text('é\n', { 'Content-Type': 'text/plain; charset=utf-8' }),
      answer: processed(1),
      next: [holds('default', { content: 'é' })],
    },
    {
      name: 'without a type',
      ...text('x', {}),
      answer: processed(1),
      next: [holds('default', { content: 'x' })],
    },
    { name: 'none', ...text(''), answer: processed(0), next: [holds('default')] },
    {
      name: 'that are not UTF-8',
      ...text(Buffer.from([0x61, 0xff])),
      answer: invalid('invalid argument: the body is not text in UTF-8'),
    },
    {
      name: 'that say they are JSON',
      ...text('{}', JSON_TYPE),
      answer: invalid(
        'invalid argument: request with text/plain content type expected, received: application/json',
      ),
    },
    {
      name: 'for a pipeline that is absent',
      ...to('absent', '/text'),
      headers: TEXT_TYPE,
      body: 'x',
      answer: notFound('pipeline', 'absent'),
    },
  ]);
});

coversItsRoutes(api, 'ingest');
