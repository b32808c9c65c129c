import { afterAll, beforeAll, describe } from 'vitest';
import { flowOf, router, source, transform, when } from '../pipelines/pipeline-client.js';
import { Api } from './api.js';
import { invalid, matching, notFound, success } from './expectation.js';
import { refusesBadNames } from './names.js';
import { coversItsRoutes } from './route-coverage.js';
import { scenarios } from './scenario.js';
import { saveTransformer } from './steps.js';

/** Section 9, 0.53.0: what would become of records. */

const api = new Api();
beforeAll(() => api.start());
afterAll(() => api.stop());

describe('trying a pipeline out', () => {
  const test = (pipeline: string, json: unknown) => ({
    method: 'POST',
    path: `/api/v1/test/pipeline/${pipeline}`,
    json,
  });
  const seen = (record: number, nodeID: string, input: object, output: object[], pipeline = 'default') => ({
    record,
    pipeline,
    nodeID,
    input,
    output,
    error: null as string | null,
  });

  scenarios(api, [
    {
      name: 'tells what each node saw of each record, and stores nothing',
      ...test('default', { records: [{ a: '1' }, { a: '2' }] }),
      answer: success({
        trace: ['1', '2'].flatMap((a, record) => [
          seen(record, '__builtin__source_direct', { a }, [{ a }]),
          seen(record, 'node-1', { a }, [{ a }]),
        ]),
        error: null,
      }),
      next: [{ method: 'GET', path: '/api/v1/streams', answer: success({ streams: {} }) }],
    },
    { name: 'without records', ...test('default', {}), answer: success({ trace: [], error: null }) },
    {
      name: 'of a flow that is not saved',
      ...test('new', {
        flow: flowOf([source(), when('if', 'a = "1"'), router('out')], 'in > if > out'),
        records: [{ a: '2' }],
      }),
      answer: success({
        trace: [seen(0, 'in', { a: '2' }, [{ a: '2' }], 'new'), seen(0, 'if', { a: '2' }, [], 'new')],
        error: null,
      }),
      next: [{ method: 'GET', path: '/api/v1/pipelines', answer: success({ pipelines: ['default'] }) }],
    },
    {
      name: 'of a flow that could not run',
      ...test('new', { flow: flowOf([source(), router('in')]), records: [] }),
      answer: invalid(/^invalid argument: flow: node "in": /, {
        'node:in': ['another node has the same id'],
      }),
    },
    {
      name: 'a record that fails says where',
      ...saveTransformer('json', '. = parse_json!(.m)'),
      next: [
        {
          ...test('new', {
            flow: flowOf([source(), transform('t', 'json')], 'in > t'),
            records: [{ m: 'x' }],
          }),
          answer: success({
            trace: [
              seen(0, 'in', { m: 'x' }, [{ m: 'x' }], 'new'),
              { ...seen(0, 't', { m: 'x' }, [], 'new'), error: matching(/unable to parse json/) },
            ],
            error: matching(/^record 0: .*unable to parse json/),
          }),
        },
      ],
    },
    { name: 'absent: not found', ...test('absent', { records: [] }), answer: notFound('pipeline', 'absent') },
    {
      name: 'more records than the answer has room for',
      ...test('default', { records: Array.from({ length: 101 }, () => null) }),
      answer: invalid('invalid argument: records: at most 100 are possible'),
    },
    {
      name: 'records that are an object',
      ...test('default', { records: {} }),
      answer: invalid(/^invalid argument: records: /),
    },
  ]);
});

refusesBadNames(api, 'pipeline-test');
coversItsRoutes(api, 'pipeline-test');
