import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LogsClient } from '../logs/logs-client.js';
import { type Answer, type RequestOptions, TestServer } from '../support/test-server.js';

let server: TestServer;
let root: string;
let reader: string;
let nobody: string;

beforeAll(async () => {
  server = await TestServer.start();
  root = await server.createToken(await server.login());
  reader = await server.createToken(await server.createUser(root, 'reader', ['read_streams']));
  nobody = await server.createToken(await server.createUser(root, 'nobody', ['read_alerts']));
  await new LogsClient(server, root).route('p', 'in');
});
afterAll(() => server.stop());

/** The header that the lane leaves to the framework, which takes it for the same. */
const LONG = { 'Content-Type': 'application/json; charset=utf-8' };
const CHANGING = new Set(['date', 'connection', 'keep-alive']);

const told = ({ status, headers, text }: Answer) => ({
  status,
  text,
  headers: new Map([...headers].filter(([name]) => !CHANGING.has(name))),
});

const BIG = 'x'.repeat(17 * 1024 * 1024);

it.each<[string, string, RequestOptions & { token?: string }]>([
  ['a record', 'p/logs', { json: { record: { message: 'it’s "good"' } } }],
  ['several', 'p/logs/struct', { json: { records: [{ a: '1' }, { a: '2' }] } }],
  ['none', 'p/logs/struct', { json: {} }],
  ['null', 'p/logs', { body: 'null' }],
  ['another spelling', 'p/logs', { json: { Record: { a: 'b' } } }],
  ['no JSON', 'p/logs', { body: '{"record":' }],
  ['no UTF-8', 'p/logs', { body: new Uint8Array([0x7b, 0xff, 0x7d]) }],
  ['a wrong type', 'p/logs', { json: { record: { a: 1 } } }],
  ['an absent pipeline', 'absent/logs', { json: { record: {} } }],
  ['too much', 'p/logs', { body: JSON.stringify({ record: { a: BIG } }) }],
  ['an unknown token', 'p/logs', { json: { record: {} }, token: 'pat_unknown' }],
  ['no permission', 'p/logs', { json: { record: {} }, token: 'reader' }],
])('%s is answered the same way by the lane and by the framework', async (_what, path, options) => {
  const token = options.token === 'reader' ? reader : (options.token ?? root);
  // So that the lane knows who it is.
  await server.request('GET', '/api/v1/auth/whoami', { token });
  const [short, long] = await Promise.all(
    [{ 'Content-Type': 'application/json' }, LONG].map((type) =>
      server.request('POST', `/api/v1/pipelines/${path}`, {
        ...options,
        token,
        headers: { ...type, 'X-Request-Id': 'both-ways' },
      }),
    ),
  );
  expect(told(short!)).toEqual(told(long!));
  expect(short!.headers.get('x-request-id')).toBe('both-ways');
});

describe('a query', () => {
  const window = 'from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z';
  let logs: LogsClient;

  beforeAll(async () => {
    logs = new LogsClient(server, root);
    await logs.route('filled', 'asked');
    const records = Array.from({ length: 7000 }, (_, n) => ({ n: String(n), text: 'x'.repeat(400) }));
    for (let from = 0; from < records.length; from += 1000)
      await logs.ok('POST', 'pipelines/filled/logs/struct', { records: records.slice(from, from + 1000) });
  });

  /** A name with a `%` in it goes the long way. */
  const PATHS = ['asked', '%61sked'];

  it.each<[string, string, string?]>([
    ['of one page', `${window}&limit=3`],
    ['of everything, in many pieces', window],
    ['with a filter', `${window}&filter=${encodeURIComponent('n = "77"')}`],
    ['that finds nothing', `${window}&filter=${encodeURIComponent('n = "none"')}`],
    ['without a window', 'limit=3'],
    ['with a bad filter', `${window}&filter=${encodeURIComponent('n = ')}`],
    ['with a bad cursor', `${window}&cursor=x`],
    ['with a parameter twice', `${window}&limit=1&limit=2`],
    ['with a parameter that nobody knows', `${window}&unknown=1&limit=1`],
    ['with an odd encoding', `${window}&filter=%ff%zz+a`],
    ['with a question mark in it', `${window}&limit=2?x`],
    ['with a token in it', `${window}&access_token=x`],
    ['by an unknown token', `${window}&limit=1`, 'pat_unknown'],
    ['without permission', `${window}&limit=1`, 'nobody'],
  ])('%s is answered the same way by the lane and by the framework', async (_what, query, who) => {
    const token = who === 'nobody' ? nobody : (who ?? root);
    await server.request('GET', '/api/v1/auth/whoami', { token });
    const [short, long] = await Promise.all(
      PATHS.map((path) =>
        server.request('GET', `/api/v1/streams/${path}/logs?${query}`, {
          token,
          headers: { 'X-Request-Id': 'both-ways' },
        }),
      ),
    );
    expect(told(short!)).toEqual(told(long!));
    expect(short!.headers.get('x-request-id')).toBe('both-ways');
  });

  it('pages to the end give what there is, each once', async () => {
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await logs.ok('GET', `streams/asked/logs?${window}&limit=999${cursor}`);
      seen.push(...page.records.map(({ fields }: { fields: { n: string } }) => fields.n));
      cursor = page.next_cursor && `&cursor=${page.next_cursor}`;
    } while (cursor);
    expect(new Set(seen).size).toBe(7000);
    expect(seen.length).toBe(7000);
  });

  it('a short answer tells its length, and its token is as good as it was a moment ago', async () => {
    const short = await server.request('GET', `/api/v1/streams/asked/logs?${window}&limit=1`, {
      token: root,
    });
    expect(Number(short.headers.get('content-length'))).toBe(Buffer.byteLength(short.text));
    const brief = await server.createToken(await server.createUser(root, 'brief', ['read_streams']));
    const ask = () => server.request('GET', `/api/v1/streams/asked/logs?${window}&limit=1`, { token: brief });
    expect((await ask()).status).toBe(200);
    expect((await ask()).status).toBe(200);
    await server.ok('DELETE', '/api/v1/users/brief', { token: root });
    expect((await ask()).status).toBe(401);
  });
});
