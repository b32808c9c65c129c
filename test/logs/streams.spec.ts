import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../support/test-server.js';
import { ALWAYS, LogsClient } from './logs-client.js';

const DEFAULTS = { ttl: 0, size: 0, indexed_fields: [] };

let server: TestServer;
let logs: LogsClient;

beforeAll(async () => {
  server = await TestServer.start();
  logs = new LogsClient(server, await server.login());
});
afterAll(() => server.stop());

const path = (stream: string) => `streams/${encodeURIComponent(stream)}`;

describe('streams', () => {
  it('are none at first, and are created by looking at one', async () => {
    expect((await logs.request('GET', 'streams')).text).toBe('{"success":true,"streams":{}}\n');
    expect(await logs.ok('GET', 'streams/looked-at')).toEqual({ success: true, config: DEFAULTS });
    expect((await logs.ok('GET', 'streams')).streams).toEqual({ 'looked-at': DEFAULTS });
    const fields = await logs.request('GET', 'streams/not-looked-at/fields');
    expect(fields.text).toBe('{"success":true,"fields":[]}\n');
    expect(await logs.records('not-looked-at')).toEqual([]);
    expect(Object.keys((await logs.ok('GET', 'streams')).streams)).toEqual(['looked-at']);
  });

  it('are created and changed by configuring them, and keep their logs', async () => {
    const config = { ttl: 9_000_000_000_000, size: -1, indexed_fields: ['a', '', '__proto__', 'a'] };
    expect(await logs.ok('PUT', 'streams/configured', { config })).toEqual({ success: true });
    expect((await logs.ok('GET', 'streams/configured')).config).toEqual(config);
    await logs.route('configured', 'configured');
    await logs.ingest('configured', { a: 'b' });
    await logs.ok('PUT', 'streams/configured', { config: { size: 5, unknown: true } });
    expect((await logs.ok('GET', 'streams/configured')).config).toEqual({ ...DEFAULTS, size: 5 });
    expect(await logs.records('configured')).toHaveLength(1);
  });

  it.each([{}, { config: null }, { config: {} }, null])(
    'take %j for the default configuration',
    async (json) => {
      await logs.ok('PUT', 'streams/zero', { config: { ttl: 1 } });
      await logs.ok('PUT', 'streams/zero', json);
      expect((await logs.ok('GET', 'streams/zero')).config).toEqual(DEFAULTS);
    },
  );

  it.each([
    5,
    'text',
    { ttl: '1' },
    { ttl: 1.5 },
    { size: true },
    { indexed_fields: 'a' },
    { indexed_fields: [1] },
  ])('refuse the configuration %j', async (config) => {
    const { status, body } = await logs.request('PUT', 'streams/refused', { config });
    expect([status, body.status]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(body.error).toMatch(/^invalid argument: config/);
    expect((await logs.ok('GET', 'streams')).streams).not.toHaveProperty('refused');
  });

  it('list every field name they ever saw, sorted', async () => {
    await logs.route('fields', 'fields');
    const records: Record<string, string>[] = [
      { b: '1', a: '2' },
      {},
      { '': '', a: '3' },
      { 'ü\n"': '4', __proto: '5' },
    ];
    for (const record of records) await logs.ingest('fields', record);
    expect((await logs.ok('GET', 'streams/fields/fields')).fields).toEqual(['', '__proto', 'a', 'b', 'ü\n"']);
  });

  it.each(['a/b', '../x', 'a:b', '100%', '__proto__', 'constructor', '7', ' ', '日本', 'x'.repeat(255)])(
    'may be called %j',
    async (name) => {
      await logs.route('named', name);
      await logs.ingest('named', { name });
      expect((await logs.records(name)).map(({ fields }) => fields)).toEqual([{ name }]);
      expect((await logs.ok('GET', `${path(name)}/fields`)).fields).toEqual(['name']);
      expect(Object.keys((await logs.ok('GET', 'streams')).streams)).toContain(name);
      await logs.ok('DELETE', path(name));
      expect(Object.keys((await logs.ok('GET', 'streams')).streams)).not.toContain(name);
    },
  );

  it.each(['x'.repeat(256), 'é'.repeat(128), 'a\0b'])('may not be called %j', async (name) => {
    for (const [method, where] of [
      ['GET', path(name)],
      ['PUT', path(name)],
      ['DELETE', path(name)],
      ['GET', `${path(name)}/fields`],
      ['GET', `${path(name)}/logs?${ALWAYS}`],
      ['GET', `${path(name)}/logs/watch`],
      ['GET', `${path(name)}/usage`],
      ['GET', `${path(name)}/indexes`],
    ] as const) {
      const { status, body } = await logs.request(method, where, method === 'PUT' ? {} : undefined);
      expect(status).toBe(400);
      expect(Object.keys(body.context)).toEqual(['path:stream']);
    }
    await expect(logs.route('misnamed', name)).rejects.toThrow(/answered 400: .*node:out-0/);
  });

  it('need read_streams to look and write_streams to change', async () => {
    const admin = logs.token!;
    const others = ['write_pipelines', 'write_transformers', 'write_alerts', 'write_acls', 'send_logs'];
    const tokens = [
      undefined,
      await server.createUser(admin, 'stranger', others),
      await server.createUser(admin, 'reader', ['read_streams']),
      await server.createUser(admin, 'writer', ['write_streams']),
    ];
    const requests: [string, string, unknown?][] = [
      ['GET', 'streams'],
      ['GET', 'streams/guarded'],
      ['GET', 'streams/guarded/fields'],
      ['GET', `streams/guarded/logs?${ALWAYS}`],
      ['PUT', 'streams/guarded', { config: {} }],
      ['DELETE', 'streams/guarded'],
    ];
    const statuses = await Promise.all(
      tokens.map(async (token) => {
        const client = new LogsClient(server, token);
        const found: number[] = [];
        for (const request of requests) found.push((await client.request(...request)).status);
        return found;
      }),
    );
    expect(statuses).toEqual([
      [401, 401, 401, 401, 401, 401],
      [403, 403, 403, 403, 403, 403],
      [200, 200, 200, 200, 403, 403],
      [200, 200, 200, 200, 200, 200],
    ]);
  });
});
