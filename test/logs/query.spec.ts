import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../support/test-server.js';
import { ALWAYS, LogsClient, type LogRecord } from './logs-client.js';

let server: TestServer;
let logs: LogsClient;

beforeAll(async () => {
  server = await TestServer.start({ env: { FLOWG_TRANSFER_IDLE_SECONDS: '1' } });
  logs = new LogsClient(server, await server.login());
});
afterAll(() => server.stop());

/** RFC 3339 in whole milliseconds, as little as `milliseconds` later. */
const at = (record: LogRecord, milliseconds = 0) =>
  new Date(
    Date.parse(record.timestamp.slice(0, 23).replace('Z', '').padEnd(23, '0') + 'Z') + milliseconds,
  ).toISOString();

const query = (from: string, to: string, more = '') =>
  `from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}${more}`;

const refusal = async (parameters: string) => {
  const { status, body } = await logs.request('GET', `streams/any/logs?${parameters}`);
  return [status, body.status, body.error, body.context];
};

/** All pages, by following `next_cursor`. */
async function paged(stream: string, limit: number, window = ALWAYS): Promise<LogRecord[][]> {
  const pages: LogRecord[][] = [];
  let cursor = '';
  for (;;) {
    const body = await logs.ok('GET', `streams/${stream}/logs?${window}&limit=${limit}${cursor}`);
    pages.push(body.records);
    if (body.next_cursor === null) return pages;
    cursor = `&cursor=${body.next_cursor}`;
  }
}

describe('query', () => {
  beforeAll(async () => {
    await logs.route('few', 'few');
    for (let n = 0; n < 5; n++) {
      await logs.ingest('few', { n: String(n) });
      await new Promise((done) => setTimeout(done, 5));
    }
    await logs.fill('many', 20_000);
  });

  it('answers newest first', async () => {
    const records = await logs.records('few');
    expect(records.map(({ fields }) => fields.n)).toEqual(['4', '3', '2', '1', '0']);
    expect(records.map(({ timestamp }) => Date.parse(timestamp))).toEqual(
      records.map(({ timestamp }) => Date.parse(timestamp)).toSorted((a, b) => b - a),
    );
  });

  it('includes the beginning of the window and excludes its end, in milliseconds', async () => {
    const [last, , middle, , first] = (await logs.records('few')) as [
      LogRecord,
      LogRecord,
      LogRecord,
      LogRecord,
      LogRecord,
    ];
    const numbers = async (from: string, to: string) =>
      (await logs.records('few', query(from, to))).map(({ fields }) => fields.n).join('');
    expect(await numbers(at(first), at(last))).toBe('3210');
    expect(await numbers(at(first), at(last, 1))).toBe('43210');
    expect(await numbers(at(first, 1), at(last, 1))).toBe('4321');
    expect(await numbers(at(middle), at(middle, 1))).toBe('2');
    expect(await numbers(at(middle), at(middle))).toBe('');
    expect(await numbers(at(last), at(first))).toBe('');
    // Finer than a millisecond is cut off, at both ends.
    const finer = (text: string) => text.replace('Z', '999999Z');
    expect(await numbers(finer(at(middle)), finer(at(middle, 1)))).toBe('2');
  });

  it('reads times with any offset', async () => {
    const [last] = (await logs.records('few')) as [LogRecord];
    const shifted = new Date(Date.parse(at(last)) + 5.5 * 3_600_000).toISOString().replace('Z', '+05:30');
    const records = await logs.records('few', query(shifted, '9999-12-31T23:59:59-12:00'));
    expect(records.map(({ fields }) => fields.n)).toEqual(['4']);
  });

  it('says what is wrong with a query', async () => {
    const validation = [400, 'INVALID_ARGUMENT', 'invalid argument: validation failed'];
    const bad = [400, 'INVALID_ARGUMENT', 'invalid argument: bad request'];
    const missing = ['missing value'];
    expect(await refusal('')).toEqual([...validation, { 'query:from': missing, 'query:to': missing }]);
    expect(await refusal('to=2026-01-31T09:30:00Z')).toEqual([...validation, { 'query:from': missing }]);
    expect(await refusal(query('', '2026-01-31T09:30:00Z'))).toEqual([
      ...validation,
      { 'query:from': ['#: "" is not valid "date-time"'] },
    ]);
    expect(await refusal(query('yesterday', '2026-02-30T00:00:00Z'))).toEqual([
      ...bad,
      {
        'query:from': [expect.stringContaining('yesterday')],
        'query:to': [expect.stringContaining('02-30')],
      },
    ]);
    expect(await refusal('from=2026-01-31T09:30:00+01:00&to=2026-01-31T09:30:00Z')).toEqual([
      ...bad,
      { 'query:from': [expect.any(String)] },
    ]);
    for (const limit of ['', '0', '-1', '1.5', '10001', 'ten']) {
      expect(await refusal(`${ALWAYS}&limit=${limit}`)).toEqual([
        ...validation,
        { 'query:limit': [expect.any(String)] },
      ]);
    }
    for (const cursor of ['', 'x', 'WzEsMl0=', 'WzEsMV0x', Buffer.from('[1,-1]').toString('base64url')]) {
      expect(await refusal(`${ALWAYS}&limit=1&cursor=${cursor}`)).toEqual([
        ...bad,
        { 'query:cursor': [expect.any(String)] },
      ]);
    }
    expect((await refusal(`${ALWAYS}&filter=`)).slice(0, 3)).toEqual(validation);
    expect(await refusal(`${ALWAYS}&filter=${encodeURIComponent('a = "b" or')}`)).toEqual([
      ...bad,
      {
        'query:filter': [
          expect.stringMatching(
            /^position 10 \(line 1, column 11\): expected .* but found the end of the filter$/,
          ),
        ],
      },
    ]);
  });

  it('answers an absent stream with no records', async () => {
    const { status, text } = await logs.request('GET', `streams/absent/logs?${ALWAYS}`);
    expect([status, text]).toEqual([200, '{"success":true,"records":[]}\n']);
    expect((await logs.ok('GET', `streams/absent/logs?${ALWAYS}&limit=1`)).next_cursor).toBeNull();
  });

  it('answers everything in one piece without a limit', async () => {
    const { status, headers, body } = await logs.request('GET', `streams/many/logs?${ALWAYS}`);
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(Object.keys(body)).toEqual(['success', 'records']);
    expect(body.records).toHaveLength(20_000);
    // Each record went a hundred times into the stream: the order inside one millisecond is that of storing.
    const times = body.records.map(({ timestamp }: LogRecord) => timestamp.slice(0, 23));
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it.each([1, 2, 5, 6])('gives five records in pages of %i', async (limit) => {
    const pages = await paged('few', limit);
    expect(pages.flat()).toEqual(await logs.records('few'));
    expect(pages).toHaveLength(Math.ceil(5 / limit));
  });

  it('gives the same in pages, within one millisecond too', async () => {
    const all = await logs.records('many');
    const pages = await paged('many', 1999);
    expect(pages.map(({ length }) => length)).toEqual([...Array(10).fill(1999), 10]);
    expect(pages.flat()).toEqual(all);
    const window = query(at(all[15_000]!), at(all[5000]!, 1));
    expect((await paged('many', 3333, window)).flat()).toEqual(await logs.records('many', window));
  });

  it('keeps to the window when a cursor comes from another one', async () => {
    const { next_cursor } = await logs.ok('GET', `streams/few/logs?${ALWAYS}&limit=1`);
    const [last, second] = (await logs.records('few')) as [LogRecord, LogRecord];
    const numbers = async (window: string) =>
      (await logs.records('few', `${window}&cursor=${next_cursor}`)).map(({ fields }) => fields.n).join('');
    expect(await numbers(query(at(last, 1), at(last, 1000)))).toBe('');
    expect(await numbers(query(at(second), at(second, 1)))).toBe('3');
    expect(await numbers(query('1970-01-01T00:00:00Z', at(second)))).toBe('210');
  });

  it('does not see what is stored while it answers', async () => {
    await logs.fill('growing', 5000);
    const [answer] = await Promise.all([logs.records('growing'), logs.ingestMany('fill-growing', 10)]);
    expect(answer.length % 100).toBe(0);
    expect(new Set(answer.map(({ timestamp }) => timestamp)).size).toBe(answer.length / 100);
    expect(await logs.records('growing')).toHaveLength(6000);
  });

  it('cuts off a client that takes nothing for too long, and goes on for others', async () => {
    await logs.route('bulky', ...Array.from<string>({ length: 20 }).fill('bulky'));
    for (let n = 0; n < 5; n++) await logs.ingest('bulky', { value: 'x'.repeat(500_000) });
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.pause();
    socket.write(
      `GET /api/v1/streams/bulky/logs?${ALWAYS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer jwt:${logs.token}\r\n\r\n`,
    );
    await new Promise((done) => setTimeout(done, 3500));
    let bytes = 0;
    socket.on('data', (chunk) => (bytes += chunk.length)).on('error', () => undefined);
    socket.resume();
    await once(socket, 'close');
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(50_000_000);
    expect(await logs.records('few')).toHaveLength(5);
    expect(server.log).not.toContain('internal error');
  });
});
