import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flowOf, router, source } from '../pipelines/pipeline-client.js';
import { Api, PATIENCE } from './api.js';
import { invalid, success } from './expectation.js';
import { refusesBadNames } from './names.js';
import { coversItsRoutes } from './route-coverage.js';
import { each, perform, scenarios, type Step } from './scenario.js';
import { holds, purge, savePipeline, send } from './steps.js';

/** Section 1.7 without queries and watching, and "StreamConfig" of section 2. */

const api = new Api();
beforeAll(() => api.start());
afterAll(() => api.stop());

const ALL = '/api/v1/streams';
const STANDARD = { ttl: 0, size: 0, indexed_fields: [] as string[] };

const list = (streams: object): Step => ({ method: 'GET', path: ALL, answer: success({ streams }) });
const shows = (stream: string, config: object): Step => ({
  method: 'GET',
  path: `${ALL}/${stream}`,
  answer: success({ config }),
});
const configure = (stream: string, config: unknown) => ({
  method: 'PUT',
  path: `${ALL}/${stream}`,
  json: { config },
});
const fields = (stream: string, ...names: string[]): Step => ({
  method: 'GET',
  path: `${ALL}/${stream}/fields`,
  answer: success({ fields: names }),
});
const usage = (stream: string, bytes: number): Step => ({
  method: 'GET',
  path: `${ALL}/${stream}/usage`,
  answer: success({ usage: bytes }),
});
const indexes = (stream: string, ...all: object[]): Step => ({
  method: 'GET',
  path: `${ALL}/${stream}/indexes`,
  answer: success({ indexes: all }),
});
/** By a pipeline that has the name of the stream. */
const store = (stream: string, record: Record<string, string>): Step[] => [
  savePipeline(stream, flowOf([source(), router('out', decodeURIComponent(stream))], 'in > out')),
  send(stream, record),
];

describe('configuration', () => {
  const wrong: [name: string, config: unknown, place: string][] = [
    ['a config that is a list', [], 'config'],
    ['a ttl that is a string', { ttl: '1' }, 'config\\.ttl'],
    ['a ttl with a fraction', { ttl: 0.5 }, 'config\\.ttl'],
    ['a size that is a boolean', { size: true }, 'config\\.size'],
    ['a size with a fraction', { size: 1.5 }, 'config\\.size'],
    ['fields that are a string', { indexed_fields: 'a' }, 'config\\.indexed_fields'],
    ['a field that is a number', { indexed_fields: ['a', 5] }, 'config\\.indexed_fields\\.1'],
  ];

  scenarios(api, [
    { name: 'no stream at first', ...list({}) },
    {
      name: 'asking for a stream makes it, reading streams is enough',
      as: ['read_streams'],
      ...shows('b', STANDARD),
      next: [list({ b: STANDARD })],
    },
    {
      name: 'saving makes it too; listed by name',
      ...configure('a', { ttl: 3600, size: 10, indexed_fields: ['y', 'x'] }),
      answer: success(),
      next: [
        shows('a', { ttl: 3600, size: 10, indexed_fields: ['y', 'x'] }),
        list({ a: { ttl: 3600, size: 10, indexed_fields: ['y', 'x'] }, b: STANDARD }),
      ],
    },
    {
      name: 'what is left out or null is the zero value, lists are lists',
      ...configure('a', { ttl: null, indexed_fields: null }),
      answer: success(),
      next: [shows('a', STANDARD)],
    },
    {
      name: 'without a config',
      method: 'PUT',
      path: `${ALL}/a`,
      json: {},
      answer: success(),
      next: [shows('a', STANDARD)],
    },
    {
      name: 'negative numbers are accepted and mean no limit',
      ...configure('a', { ttl: -5, size: -1 }),
      answer: success(),
      next: [
        shows('a', { ttl: -5, size: -1, indexed_fields: [] }),
        ...store('a', { n: '1' }),
        holds('a', { n: '1' }),
      ],
    },
    ...each(wrong, ([name, config, place]) => ({
      name,
      ...configure('wrong', config),
      answer: invalid(new RegExp(`^invalid argument: ${place}: .`)),
    })),
    {
      name: 'more indexed fields than a stream can bear',
      ...configure('wrong', { indexed_fields: Array.from({ length: 101 }, (_, n) => String(n)) }),
      answer: invalid('invalid argument: config.indexed_fields: at most 100 are possible'),
      next: [list({ a: { ttl: -5, size: -1, indexed_fields: [] }, b: STANDARD })],
    },
    {
      name: 'deleting takes logs, fields and configuration',
      ...purge('a'),
      next: [list({ b: STANDARD }), holds('a'), fields('a'), shows('a', STANDARD)],
    },
    { name: 'deleting what is not there is fine', ...purge('absent') },
  ]);
  refusesBadNames(api, 'streams');
});

describe('fields', () => {
  scenarios(api, [
    { name: 'of an absent stream', ...fields('absent') },
    {
      name: 'sorted, every name that ever came',
      ...purge('f'),
      next: [
        ...store('f', { b: '1', a: '2' }),
        ...store('f', { c: '', '': 'x', b: '3' }),
        fields('f', '', 'a', 'b', 'c'),
      ],
    },
  ]);

  it('asking for them does not make a stream', async () => {
    const { streams } = await api.ok('GET', ALL);
    expect(Object.keys(streams)).not.toContain('absent');
  });
});

describe('usage and indexes', () => {
  scenarios(api, [
    { name: 'usage of an absent stream', ...usage('absent', 0) },
    { name: 'indexes of an absent stream', ...indexes('absent') },
    {
      name: 'usage counts the JSON and 64 bytes for each log',
      ...purge('u'),
      next: [...store('u', { a: 'b' }), usage('u', '{"a":"b"}'.length + 64)],
    },
    {
      name: 'an index of an empty stream is there at once',
      ...configure('empty', { indexed_fields: ['a'] }),
      answer: success(),
      next: [indexes('empty', { field: 'a', ready: true, built_count: 0, total_count: 0 })],
    },
  ]);

  it('an index is built behind the answer, and says how far it is', async () => {
    await perform(api, ...store('i', { a: '1' }), {
      ...configure('i', { indexed_fields: ['a', 'b'] }),
      answer: success(),
    });
    const state = () => api.ok('GET', `${ALL}/i/indexes`);
    await expect.poll(state, PATIENCE).toEqual({
      success: true,
      indexes: ['a', 'b'].map((field) => ({ field, ready: true, built_count: 1, total_count: 1 })),
    });
  });
});

describe('retention', () => {
  it('a log that is too old is out of answers at once; the time it has is fixed when it comes', async () => {
    await perform(
      api,
      ...store('r', { n: 'without an end' }),
      { ...configure('r', { ttl: 1 }), answer: success() },
      ...store('r', { n: 'one second' }),
      { ...configure('r', { ttl: 3600 }), answer: success() },
    );
    await sleep(1100);
    await perform(api, holds('r', { n: 'without an end' }), fields('r', 'n'));
  });

  it('what is over the size is out of answers, the oldest first', async () => {
    const half = (letter: string) => ({ n: letter.repeat(600 * 1024) });
    await perform(api, { ...configure('s', { size: 1 }), answer: success() }, ...store('s', half('a')));
    await perform(api, ...store('s', half('b')), holds('s', half('b')));
  });
});

describe('names', () => {
  scenarios(api, [
    {
      name: 'that are whole numbers come first, in their order',
      ...shows('10', STANDARD),
      next: [
        shows('9', STANDARD),
        {
          method: 'GET',
          path: ALL,
          answer: { status: 200, text: /^\{"success":true,"streams":\{"9":.*"10":.*"[^0-9]/ },
        },
      ],
    },
    {
      name: 'a stream is not part of one whose name begins alike',
      ...purge('p'),
      next: [
        ...store('p', { n: '1' }),
        ...store('p:q', { n: '2' }),
        purge('p'),
        holds('p'),
        holds('p:q', { n: '2' }),
        fields('p:q', 'n'),
      ],
    },
  ]);
});

coversItsRoutes(api, 'streams');
