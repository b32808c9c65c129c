import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALWAYS } from '../logs/logs-client.js';
import { flowOf, router, source } from '../pipelines/pipeline-client.js';
import { Api } from './api.js';
import { invalid, invalidParameters, logs, matching, TIMESTAMP } from './expectation.js';
import { refusesBadNames } from './names.js';
import { coversItsRoutes } from './route-coverage.js';
import { each, perform, scenarios } from './scenario.js';

/** Section 3.3: the window, the order and the form of an answer. Filters: `filters.spec.ts`. */

const api = new Api({ TZ: 'Asia/Tokyo' });
beforeAll(() => api.start());
afterAll(() => api.stop());

const LOGS = '/api/v1/streams/default/logs';
const query = (parameters: string) => ({ method: 'GET', path: `${LOGS}?${parameters}` });
const NOTHING = logs([]);

describe('a stream that is absent', () => {
  scenarios(api, [
    { name: 'has no logs', ...query(ALWAYS), answer: NOTHING },
    { name: 'nor has it any with a filter', ...query(`${ALWAYS}&filter=a%20%3D%20%22b%22`), answer: NOTHING },
  ]);

  it('is not made by a query', async () => {
    expect((await api.ok('GET', '/api/v1/streams')).streams).toEqual({});
  });
});

it('an answer is sent in chunks where it is long', async () => {
  const records = Array.from({ length: 3 }, () => ({ text: 'x'.repeat(300_000) }));
  await api.ok('PUT', '/api/v1/pipelines/long', { flow: flowOf([source(), router('long')], 'in > long') });
  for (let request = 0; request < 3; request++)
    await api.ok('POST', '/api/v1/pipelines/long/logs/struct', { records });
  const answer = await api.ask({ method: 'GET', path: `/api/v1/streams/long/logs?${ALWAYS}` });
  expect(answer.headers.get('transfer-encoding')).toBe('chunked');
  expect(answer.headers.get('content-length')).toBeNull();
  expect(JSON.parse(answer.text).records).toHaveLength(9);
});

describe('the instants', () => {
  const valid = [
    '2026-01-31T09:30:00Z',
    '2026-01-31T09:30:00.5Z',
    '2026-01-31T09:30:00.123456789Z',
    '2026-01-31T09:30:00%2B09:00',
    '2026-01-31T09:30:00.5-11:30',
    '2024-02-29T00:00:00Z',
  ];
  const bad = [
    'now',
    '1769851800',
    '2026-01-31',
    '2026-01-31T09:30Z',
    '2026-01-31T09:30:00',
    '2026-01-31%2009:30:00Z',
    '2026-01-31T09:30:00+09:00',
    '2026-01-31T09:30:00.Z',
    '2026-13-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T09:30:61Z',
    '2026-01-31T09:30:00Z%20',
  ];
  const complaint = [matching(/./)];

  scenarios(api, [
    ...each(valid, (instant) => ({
      name: instant,
      ...query(`from=${instant}&to=${instant}`),
      answer: NOTHING,
    })),
    ...each(bad, (instant) => ({
      name: `${instant} is none`,
      ...query(`from=${instant}&to=${instant}`),
      answer: invalid('invalid argument: bad request', { 'query:from': complaint, 'query:to': complaint }),
    })),
    {
      name: 'both are needed',
      ...query(''),
      answer: invalid('invalid argument: validation failed', {
        'query:from': ['missing value'],
        'query:to': ['missing value'],
      }),
    },
    {
      name: 'one is not enough',
      ...query('from=2026-01-31T09:30:00Z'),
      answer: invalid('invalid argument: validation failed', { 'query:to': ['missing value'] }),
    },
    {
      name: 'empty ones',
      ...query('from=&to=2026-01-31T09:30:00Z'),
      answer: invalid('invalid argument: validation failed', {
        'query:from': ['#: "" is not valid "date-time"'],
      }),
    },
    {
      name: 'given twice',
      ...query(`${ALWAYS}&to=2026-01-31T09:30:00Z`),
      answer: invalidParameters({ 'query:to': ['one value is expected'] }),
    },
    {
      name: 'the end before the beginning: nothing',
      ...query('from=2100-01-01T00:00:00Z&to=2000-01-01T00:00:00Z'),
      answer: NOTHING,
    },
  ]);
});

describe('the window', () => {
  let times: string[];

  beforeAll(async () => {
    for (const n of ['1', '2', '3']) {
      await api.ok('POST', '/api/v1/pipelines/default/logs', { record: { n, html: '<a>&' } });
      await sleep(3);
    }
    const { records } = await api.ok('GET', `${LOGS}?${ALWAYS}`);
    times = records.map(({ timestamp }: { timestamp: string }) => timestamp).toReversed();
  });

  /** The beginning of the millisecond of a log, or of one nearby, at the offset of a time zone. */
  function millisecond(n: number, later = 0): string {
    const ms = Date.parse(times[n]!.slice(0, 23).replace(/Z?$/, 'Z')) + later;
    return new Date(ms).toISOString();
  }
  const fields = (...numbers: string[]) => numbers.map((n) => ({ n, html: '<a>&' }));

  it('has everything, newest first, in times of UTC whatever the zone of the server', async () => {
    await perform(api, { ...query(ALWAYS), answer: logs(fields('3', '2', '1')) });
    for (const time of times) expect(time).toEqual(TIMESTAMP);
    expect(Math.abs(Date.parse(times[0]!) - Date.now())).toBeLessThan(60_000);
  });

  it('includes its beginning and excludes its end', async () => {
    const window = (from: string, to: string) => query(`from=${from}&to=${to}`);
    await perform(
      api,
      { ...window(millisecond(0), millisecond(2)), answer: logs(fields('2', '1')) },
      { ...window(millisecond(0, 1), millisecond(2, 1)), answer: logs(fields('3', '2')) },
      { ...window(millisecond(1), millisecond(1, 1)), answer: logs(fields('2')) },
      { ...window(millisecond(1), millisecond(1)), answer: NOTHING },
    );
  });

  it('looks no closer than a millisecond', async () => {
    const late = (n: number) => millisecond(n).replace('Z', '999999Z');
    await perform(
      api,
      { ...query(`from=${late(1)}&to=${late(2)}`), answer: logs(fields('2')) },
      { ...query(`from=${late(2)}&to=${late(2)}`), answer: NOTHING },
    );
  });

  it('may be said in any time zone', async () => {
    const tokyo = (n: number, later: number) => {
      const local = new Date(Date.parse(millisecond(n, later)) + 9 * 3600 * 1000).toISOString();
      return local.replace('Z', '%2B09:00');
    };
    await perform(api, { ...query(`from=${tokyo(1, 0)}&to=${tokyo(2, 1)}`), answer: logs(fields('3', '2')) });
  });

  it('comes in pages where that is asked for', async () => {
    const first = await api.ok('GET', `${LOGS}?${ALWAYS}&limit=2`);
    const cursor = matching(/^[\w-]+$/);
    await perform(
      api,
      { ...query(`${ALWAYS}&limit=2`), answer: logs(fields('3', '2'), { next_cursor: cursor }) },
      {
        ...query(`${ALWAYS}&limit=2&cursor=${first.next_cursor}`),
        answer: logs(fields('1'), { next_cursor: null }),
      },
    );
  });

  scenarios(api, [
    ...each(['0', '-1', 'x', '1.5', '10001', ''], (limit) => ({
      name: `limit=${limit}`,
      ...query(`${ALWAYS}&limit=${limit}`),
      answer: invalidParameters({ 'query:limit': ['a whole number from 1 to 10000'] }),
    })),
    {
      name: 'a cursor that is none',
      ...query(`${ALWAYS}&cursor=x`),
      answer: invalidParameters({ 'query:cursor': [matching(/^not a cursor/)] }),
    },
  ]);
});

refusesBadNames(api, 'query');
coversItsRoutes(api, 'query');
