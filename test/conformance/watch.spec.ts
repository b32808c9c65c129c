import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EventStream } from '../logs/event-stream.js';
import { flowOf, router, source } from '../pipelines/pipeline-client.js';
import { ALWAYS } from '../logs/logs-client.js';
import { Api } from './api.js';
import { invalidParameters, matching } from './expectation.js';
import { refusesBadNames } from './names.js';
import { coversItsRoutes } from './route-coverage.js';
import { scenarios } from './scenario.js';

/** Section 3.4: logs as they are stored, as server-sent events. */

const api = new Api({ FLOWG_WATCH_HEARTBEAT_SECONDS: '1' });
const open: EventStream[] = [];

beforeAll(() => api.start());
afterAll(() => api.stop());
afterEach(() => {
  for (const stream of open.splice(0)) stream.close();
});

const pathOf = (stream: string, query = '') => `/api/v1/streams/${stream}/logs/watch${query}`;

async function watch(stream: string, query = '', lastEventId?: string): Promise<EventStream> {
  const path = pathOf(stream, query);
  const events = await EventStream.open(api.server, path, { token: await api.tokenOf('root'), lastEventId });
  api.note('GET', path, events.response.status);
  open.push(events);
  return events;
}

/** By a pipeline that has the name of the stream. */
async function store(stream: string, ...records: Record<string, string>[]): Promise<void> {
  const flow = flowOf([source(), router('out', stream)], 'in > out');
  await api.ok('PUT', `/api/v1/pipelines/${stream}`, { flow });
  for (const record of records) await api.ok('POST', `/api/v1/pipelines/${stream}/logs`, { record });
}

const numbers = (events: EventStream) => events.records.map(({ fields }) => fields.n);
const logsOf = (events: EventStream) => events.events.filter(({ event }) => event === 'log');

describe('the head', () => {
  it('comes at once, of a stream that is absent too', async () => {
    const { response } = await watch('quiet');
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      connection: 'keep-alive',
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'Content-Type',
    });
  });

  it('is followed by signs of life, which are comments', async () => {
    const events = await watch('quiet');
    await events.until(({ comments }) => comments.length >= 2);
    expect(events.events).toEqual([]);
  });
});

describe('an event', () => {
  it('is the log, framed as in the reference, HTML characters escaped', async () => {
    const events = await watch('framed');
    await store('framed', { message: '<b>&</b>', 'a<b': 'é' });
    await events.until((stream) => stream.events.length === 1);
    const { timestamp } = (await api.ok('GET', `/api/v1/streams/framed/logs?${ALWAYS}`)).records[0];
    const lines = events.events[0]!.text.split('\n');
    expect(lines).toEqual([
      matching(/^id: entry:framed:\d{20}:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      'event: log',
      String.raw`data: {"timestamp":"${timestamp}","fields":{"message":"\u003cb\u003e\u0026\u003c/b\u003e","a\u003cb":"é"}}`,
    ]);
    expect(Number(lines[0]!.split(':')[3])).toBe(Date.parse(timestamp));
  });

  it('comes for each log that is stored from now on, in that order, to everybody who watches', async () => {
    await store('ordered', { n: 'before' });
    const all = [await watch('ordered'), await watch('ordered')];
    await store('ordered', { n: '1' }, { n: '2' }, { n: '3' });
    for (const events of all) {
      await events.until((stream) => stream.records.length === 3);
      expect(numbers(events)).toEqual(['1', '2', '3']);
      expect(new Set(events.events.map(({ id }) => id)).size).toBe(3);
    }
  });

  it('comes for logs of the stream only', async () => {
    const events = await watch('one');
    await store('another', { n: 'not this' });
    await store('one', { n: 'this' });
    await events.until((stream) => stream.records.length === 1);
    expect(numbers(events)).toEqual(['this']);
  });
});

describe('a filter', () => {
  it('keeps back what does not match', async () => {
    const events = await watch('filtered', `?filter=${encodeURIComponent('level = "error" or n = "3"')}`);
    await store('filtered', { n: '1', level: 'error' }, { n: '2', level: 'info' }, { n: '3' });
    await events.until((stream) => stream.records.length === 2);
    expect(numbers(events)).toEqual(['1', '3']);
  });

  it('that is empty is none', async () => {
    const events = await watch('unfiltered', '?filter=');
    await store('unfiltered', { n: '1' });
    await events.until((stream) => stream.records.length === 1);
  });

  scenarios(api, [
    {
      name: 'that is wrong is refused before anything is sent',
      method: 'GET',
      path: pathOf('default', '?filter=level%20%3D%20error'),
      answer: invalidParameters({
        'query:filter': [matching(/^position 8 \(line 1, column 9\): expected /)],
      }),
    },
    {
      name: 'that is blank is wrong',
      method: 'GET',
      path: pathOf('default', '?filter=%20'),
      answer: invalidParameters({ 'query:filter': [matching(/^position /)] }),
    },
  ]);
});

describe('Last-Event-ID', () => {
  it('goes on behind that event', async () => {
    const first = await watch('resumed');
    await store('resumed', { n: '1' }, { n: '2' }, { n: '3' });
    await first.until((stream) => stream.records.length === 3);
    const second = await watch('resumed', '', logsOf(first)[0]!.id);
    await store('resumed', { n: '4' });
    await second.until((stream) => stream.records.length === 3);
    expect(numbers(second)).toEqual(['2', '3', '4']);
  });

  scenarios(api, [
    {
      name: 'that is none is refused',
      method: 'GET',
      path: pathOf('default'),
      headers: { 'Last-Event-ID': 'x' },
      answer: invalidParameters({ 'header:Last-Event-ID': [matching(/^not the id of an event/)] }),
    },
  ]);
});

refusesBadNames(api, 'watch');
coversItsRoutes(api, 'watch');
