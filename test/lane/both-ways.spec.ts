import { afterAll, beforeAll, expect, it } from 'vitest';
import { LogsClient } from '../logs/logs-client.js';
import { type Answer, type RequestOptions, TestServer } from '../support/test-server.js';

let server: TestServer;
let root: string;
let reader: string;

beforeAll(async () => {
  server = await TestServer.start();
  root = await server.createToken(await server.login());
  reader = await server.createToken(await server.createUser(root, 'reader', ['read_streams']));
  await new LogsClient(server, root).route('p', 'in');
});
afterAll(() => server.stop());

/** The header that the lane leaves to the framework, which takes it for the same. */
const LONG = { 'Content-Type': 'application/json; charset=utf-8' };
const CHANGING = new Set(['date', 'connection', 'keep-alive']);

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
  const told = ({ status, headers, text }: Answer) => ({
    status,
    text,
    headers: new Map([...headers].filter(([name]) => !CHANGING.has(name))),
  });
  expect(told(short!)).toEqual(told(long!));
  expect(short!.headers.get('x-request-id')).toBe('both-ways');
});
