import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../support/test-server.js';
import { ALWAYS, LogsClient } from './logs-client.js';

let server: TestServer;
let logs: LogsClient;

beforeAll(async () => {
  server = await TestServer.start({ env: { FLOWG_HTTP_BODY_LIMIT_MB: '4' } });
  logs = new LogsClient(server, await server.login());
});
afterAll(() => server.stop());

const send = (body: string, pipeline = 'default') =>
  server.request('POST', `/api/v1/pipelines/${pipeline}/logs`, {
    token: logs.token,
    body,
    headers: { 'Content-Type': 'application/json' },
  });

describe('ingest', () => {
  it('stores a record with the time of its receipt', async () => {
    expect(await logs.records('default')).toEqual([]);
    const before = Date.now();
    const { status, text } = await send('{"record":{"message":"hello","level":null},"unknown":1}');
    const after = Date.now();
    expect([status, text]).toEqual([200, '{"success":true}\n']);
    const [record, ...others] = await logs.records('default');
    expect(others).toEqual([]);
    expect(record!.fields).toEqual({ message: 'hello', level: '' });
    expect(record!.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z$/);
    expect(Date.parse(record!.timestamp)).toBeGreaterThanOrEqual(before - 10);
    expect(Date.parse(record!.timestamp)).toBeLessThanOrEqual(after + 10);
  });

  it.each([
    ['a plain one', '{"a":"b"}'],
    ['an empty one', '{}'],
    ['an empty name and value', '{"":""}'],
    ['__proto__', '{"__proto__":"x","a":"b"}'],
    ['names of Object', '{"constructor":"a","toString":"b","toJSON":"c","hasOwnProperty":"d","valueOf":"e"}'],
    ['NUL', '{"a\\u0000b":"c\\u0000d","\\u0000":"\\u0000"}'],
    ['lone surrogates', '{"\\ud800":"\\udfff","x":"a\\ud83d"}'],
    ['control characters', '{"a\\nb":"\\u0001\\u001f\\u007f\\t\\r\\n\\b\\f"}'],
    ['quotes and backslashes', '{"\\"\\\\":"\\\\\\"\\u2028/"}'],
    ['any script', '{"é":"🙂","日本":"\u202e","e\u0301":"\u00e9"}'],
    ['JSON inside', '{"a":"{\\"b\\":[1,2]}","b":"\\\\u0000"}'],
    ['SQL inside', `{"'; DROP TABLE entry; --":"? ?1 :a @b $c"}`],
  ])('gives back exactly %s', async (_case, record) => {
    await logs.ok('DELETE', 'streams/default');
    expect((await send(`{"record":${record}}`)).status).toBe(200);
    const { text } = await logs.request('GET', `streams/default/logs?${ALWAYS}`);
    const stored = /"fields":(.*)\}\]\}\n$/s.exec(text)![1]!;
    // Compared as entries: a parsed object would hide what happened to a key.
    expect(Object.entries(JSON.parse(stored))).toEqual(Object.entries(JSON.parse(record)));
    const { fields } = await logs.ok('GET', 'streams/default/fields');
    expect(fields).toEqual(Object.keys(JSON.parse(record)).toSorted());
  });

  it('keeps a value of a megabyte, and refuses a body beyond the limit', async () => {
    await logs.route('large', 'large');
    const value = 'é"'.repeat(350_000);
    await logs.ingest('large', { value });
    expect((await logs.records('large'))[0]!.fields.value).toBe(value);
    const { status, body } = await logs.request('POST', 'pipelines/large/logs', {
      record: { value: 'x'.repeat(4 * 1024 * 1024) },
    });
    expect([status, body.status]).toEqual([413, 'TOO_LARGE']);
    expect(await logs.records('large')).toHaveLength(1);
  });

  it.each(['{}', '{"record":null}', 'null'])('takes %s for an empty record', async (body) => {
    await logs.ok('DELETE', 'streams/default');
    expect((await send(body)).status).toBe(200);
    expect((await logs.records('default')).map(({ fields }) => fields)).toEqual([{}]);
  });

  it.each([
    '{"record":5}',
    '{"record":"text"}',
    '{"record":["a"]}',
    '{"record":{"a":5}}',
    '{"record":{"a":true}}',
    '{"record":{"a":{"b":"c"}}}',
    '[]',
    '5',
    '{"record":',
    '',
  ])('refuses %s and stores nothing', async (text) => {
    await logs.ok('DELETE', 'streams/default');
    const { status, body } = await send(text);
    expect([status, body.status]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(await logs.records('default')).toEqual([]);
  });

  it('is 404 for an absent pipeline', async () => {
    const { status, body } = await send('{}', 'no%2Fsuch');
    expect([status, body.status]).toEqual([404, 'NOT_FOUND']);
    expect(body.error).toContain('"no/such"');
  });

  it('stores a record in every stream that it reaches, in all or in none', async () => {
    await logs.route('several', 'one', 'two', 'one');
    await logs.ingest('several', { a: 'b' });
    const [one, two] = await Promise.all([logs.records('one'), logs.records('two')]);
    expect([one.length, two.length]).toEqual([2, 1]);
    expect(new Set([...one, ...two].map(({ timestamp }) => timestamp)).size).toBe(1);
  });

  it('stores nothing and succeeds where the source has no successors', async () => {
    await logs.route('nowhere');
    const before = await logs.ok('GET', 'streams');
    await logs.ingest('nowhere', { a: 'b' });
    expect(await logs.ok('GET', 'streams')).toEqual(before);
  });

  it('keeps the order of one client', async () => {
    await logs.route('ordered', 'ordered');
    await logs.ingestMany('ordered', 50, 1);
    const numbers = (await logs.records('ordered')).map(({ fields }) => Number(fields.n));
    expect(numbers).toEqual(Array.from({ length: 50 }, (_, n) => 49 - n));
  });

  it('has everything that it acknowledged to many clients at once, also after kill -9', async () => {
    let own = await TestServer.start();
    try {
      let client = new LogsClient(own, await own.login());
      await Promise.all([client.route('a', 'a'), client.route('b', 'b', 'a')]);
      await Promise.all([client.ingestMany('a', 300), client.ingestMany('b', 150)]);
      await own.kill();
      own = await own.restarted();
      client = new LogsClient(own, await own.login());
      const numbers = async (stream: string) =>
        (await client.records(stream)).map(({ fields }) => Number(fields.n)).toSorted((x, y) => x - y);
      const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);
      expect(await numbers('b')).toEqual(upTo(150));
      expect(await numbers('a')).toEqual([...upTo(300), ...upTo(150)].toSorted((x, y) => x - y));
    } finally {
      await own.stop();
      await rm(own.dataDir, { recursive: true, force: true });
    }
  });

  it('needs send_logs, which nothing implies and which implies nothing', async () => {
    const scopes = ['write_pipelines', 'write_streams', 'write_transformers', 'write_alerts', 'write_acls'];
    const users = {
      guest: undefined,
      other: await server.createUser(logs.token!, 'no-sender', scopes),
      sender: await server.createUser(logs.token!, 'sender', ['send_logs']),
    };
    const status = async (token?: string) => {
      const client = new LogsClient(server, token);
      return (await client.request('POST', 'pipelines/default/logs', { record: {} })).status;
    };
    expect(await status(users.guest)).toBe(401);
    expect(await status(users.other)).toBe(403);
    expect(await status(users.sender)).toBe(200);
    expect(await status(await server.createToken(users.sender))).toBe(200);
    const sender = new LogsClient(server, users.sender);
    expect((await sender.request('GET', `streams/default/logs?${ALWAYS}`)).status).toBe(403);
  });
});
