import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { digestsOf, download, records, upload } from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';
import { badgerStream } from './badger-stream.js';
import { alertFile, configArchive } from './config-archive.js';
import {
  authKeys,
  configKeys,
  type FlowgEntry,
  logsKeys,
  type Separator,
  SEPARATORS,
  WEAK_HASH,
} from './flowg-databases.js';

/** Somebody who moves in: a fresh server, and the three files that FlowG gave them. */
let server: TestServer;
let root: string;

beforeAll(async () => {
  server = await TestServer.start();
  root = await server.createToken(await server.login());
});

afterAll(() => server.stop());

afterEach(async () => {
  for (const name of ['auth', 'config', 'logs'])
    expect((await readdir(join(server.dataDir, name))).filter((file) => file.includes('.part'))).toEqual([]);
});

const ADMIN_SCOPES = ['acls', 'pipelines', 'transformers', 'streams', 'forwarders'].map(
  (what) => `write_${what}`,
);
ADMIN_SCOPES.push('send_logs');
const OPERATOR_SCOPES = ['read_streams', 'send_logs', 'write_forwarders', 'read_system_configuration'];
const JULIA = {
  name: 'julia',
  roles: ['operator'],
  tokens: { '7b4f1f6e-3c58-4d2a-9d3b-4b3f5d1f2a10': WEAK_HASH },
};
const AUTH = {
  users: [{ name: 'root', roles: ['admin'] }, JULIA],
  roles: { admin: ADMIN_SCOPES, operator: OPERATOR_SCOPES },
};

describe.each(Object.entries(SEPARATORS))('with the %s separator', (_name, separator: Separator) => {
  it('users and roles come, passwords and tokens that cannot be checked do not; the caller goes on as before', async () => {
    const answer = await upload(server, root, 'auth', badgerStream(authKeys(AUTH, separator)));
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.import).toEqual({
      format: 'flowg badger stream',
      skipped: [
        {
          kind: 'scope',
          name: 'operator: read_system_configuration',
          reason: 'there is no such permission here',
        },
      ],
      skipped_count: 1,
      needs_attention: [],
      needs_attention_count: 0,
      passwords_lost: ['julia'],
      passwords_lost_count: 1,
      tokens_lost: 1,
    });
    const { users } = await server.ok('GET', '/api/v1/users', { token: root });
    expect(users.map((user: { name: string }) => user.name)).toEqual(['julia', 'root']);
    expect(users[0].roles).toEqual(['operator']);
    const { roles } = await server.ok('GET', '/api/v1/roles', { token: root });
    expect(roles).toContainEqual({ name: 'operator', scopes: ['read_streams', 'send_logs', 'write_alerts'] });
    const login = { username: 'julia', password: '' };
    expect((await server.request('POST', '/api/v1/auth/login', { json: login })).status).toBe(401);
    const { permissions } = await server.ok('GET', '/api/v1/auth/whoami', { token: await server.login() });
    expect(permissions.can_edit_pipelines, 'what root could do before').toBe(true);
  });

  it('a one-time password is told once, and logs in', async () => {
    const stream = badgerStream(authKeys(AUTH, separator));
    const { status, body, text } = await upload(server, root, 'auth', stream, '?one_time_passwords=true');
    expect(status, text).toBe(200);
    expect(body.import.one_time_passwords.map(({ user }: { user: string }) => user)).toEqual(['julia']);
    const [{ password }] = body.import.one_time_passwords;
    const julia = await server.login('julia', password);
    const { permissions } = await server.ok('GET', '/api/v1/auth/whoami', { token: julia });
    expect(permissions).toMatchObject({
      can_view_streams: true,
      can_edit_alerts: true,
      can_edit_acls: false,
    });
    expect(server.log).not.toContain(password);
    const backup = (await download(server, root, 'auth')).bytes;
    expect(backup.includes(password)).toBe(false);
  });

  it('streams, logs, expiry and indexes come', async () => {
    const soon = Math.floor(Date.now() / 1000) + 3600;
    const streams = {
      shop: { config: { ttl: 60, size: 5, indexed_fields: ['level'] }, fields: ['long_gone'] },
      quiet: {},
    };
    const entries: FlowgEntry[] = [
      {
        stream: 'shop',
        timestamp: '2026-01-31T09:30:00.123456789Z',
        fields: { level: 'error', text: 'späť <b>' },
      },
      { stream: 'shop', timestamp: '2026-01-31T11:30:00.123456+02:00', fields: { level: 'info' } },
      { stream: 'shop', timestamp: '2026-01-30T09:30:00Z', fields: { level: 'error' }, expiresAt: soon },
      {
        stream: 'shop',
        timestamp: '2026-01-29T09:30:00Z',
        fields: { level: 'error' },
        expiresAt: 1_700_000_000,
      },
      { stream: 'unconfigured', timestamp: '2026-01-29T09:30:00Z', fields: null },
    ];
    const answer = await upload(server, root, 'logs', badgerStream(logsKeys(streams, entries, separator), 3));
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.rows).toEqual({ streams: 3, entries: 4 });
    expect(answer.body.import).toMatchObject({
      format: 'flowg badger stream',
      skipped: [],
      skipped_count: 0,
    });
    expect(answer.body.import).not.toHaveProperty('tokens_lost');
    expect(await records(server, root, 'shop')).toEqual([
      { timestamp: '2026-01-31T09:30:00.123456789Z', fields: { level: 'error', text: 'späť <b>' } },
      { timestamp: '2026-01-31T09:30:00.123456Z', fields: { level: 'info' } },
      { timestamp: '2026-01-30T09:30:00Z', fields: { level: 'error' } },
    ]);
    expect(await records(server, root, 'unconfigured')).toEqual([
      { timestamp: '2026-01-29T09:30:00Z', fields: {} },
    ]);
    const { streams: configs } = await server.ok('GET', '/api/v1/streams', { token: root });
    expect(configs.shop).toEqual({ ttl: 60, size: 5, indexed_fields: ['level'] });
    const { fields } = await server.ok('GET', '/api/v1/streams/shop/fields', { token: root });
    expect(fields).toEqual(['level', 'long_gone', 'text']);
    const indexes = () => server.ok('GET', '/api/v1/streams/shop/indexes', { token: root });
    await expect
      .poll(async () => (await indexes()).indexes, { timeout: 10_000 })
      .toMatchObject([{ field: 'level', ready: true }]);
    const found = await server.ok(
      'GET',
      '/api/v1/streams/shop/logs?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&filter=level%20%3D%20%22error%22',
      { token: root },
    );
    expect(found.records).toHaveLength(2);
  });

  it('a configuration of v0.35 and later comes, and runs', async () => {
    const receiver = await WebhookReceiver.start();
    const node = (id: string, type: string, data: object) => ({ id, type, position: { x: 1, y: 2 }, data });
    const flow = {
      version: 2,
      'version.minor': 1,
      nodes: [
        node('s', 'source', { type: 'direct' }),
        node('t', 'transform', { transformer: 'tag' }),
        node('w', 'switch', { condition: 'level == "error" && app == "shop"' }),
        node('r', 'router', { stream: 'errors' }),
        node('f', 'forwarder', { forwarder: 'hook' }),
      ],
      edges: ['s-t', 't-w', 'w-r', 'w-f'].map((id) => {
        const [source, target] = id.split('-');
        return { id, source, target, sourceHandle: '' };
      }),
    };
    const broken = { version: 2, nodes: [node('x', 'forwarder', { forwarder: 'spl' })], edges: [] };
    const keys = configKeys(
      {
        transformer: { tag: '.app = "shop"', typo: '.a =' },
        pipeline: { shop: flow, broken, odd: 'no JSON' },
        forwarder: {
          hook: { version: 2, config: { type: 'http', url: receiver.url, headers: { 'X-Key': 'k' } } },
          spl: { version: 2, config: { type: 'splunk', endpoint: 'http://nowhere', token: 'secret-token' } },
        },
        system: { config: { syslog_allowed_origins: ['10.0.0.0/8'] } },
      },
      separator,
    );
    const answer = await upload(server, root, 'config', badgerStream(keys));
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.rows).toEqual({ transformers: 2, pipelines: 2, alerts: 1 });
    expect(answer.body.import).toMatchObject({
      skipped: [
        { kind: 'alert', name: 'spl', reason: expect.stringMatching(/"splunk"/) },
        { kind: 'pipeline', name: 'odd', reason: 'its content is not JSON' },
        {
          kind: 'system configuration',
          name: 'config',
          reason: expect.stringMatching(/FLOWG_SYSLOG_ALLOW_ORIGINS/),
        },
      ],
      needs_attention: [
        { kind: 'pipeline', name: 'broken', reason: 'node:x: alert "spl" does not exist' },
        { kind: 'transformer', name: 'typo', reason: expect.stringMatching(/does not compile here: line 1/) },
      ],
    });
    expect(answer.text).not.toContain('secret-token');
    const json = { record: { level: 'error' } };
    await server.ok('POST', '/api/v1/pipelines/shop/logs', { token: root, json });
    expect((await records(server, root, 'errors'))[0]!.fields).toEqual({ level: 'error', app: 'shop' });
    await expect.poll(() => receiver.calls.length).toBe(1);
    await receiver.stop();
  });
});

it('logs can be looked at first, merged, and put back; what came since cannot be told', async () => {
  const entries: FlowgEntry[] = [
    { stream: 'moved', timestamp: '2026-01-31T09:30:00Z', fields: { text: 'from there' } },
  ];
  const stream = badgerStream(logsKeys({ moved: {} }, entries));
  const send = (query: string) => upload(server, root, 'logs', stream, query);
  const before = await digestsOf(server, root);
  const dry = await send('?dry_run=true');
  expect(dry.status, dry.text).toBe(200);
  expect(dry.body.import.format).toBe('flowg badger stream');
  expect(dry.body.changes.streams.added).toMatchObject([{ name: 'moved', entries: 1 }]);
  const newer = await send('?keep_newer=true');
  expect(newer.status).toBe(400);
  expect(newer.body.error).toContain('mode=merge');
  expect(await digestsOf(server, root)).toEqual(before);

  const { body } = await send('');
  expect(
    (await server.request('POST', `/api/v1/restores/${body.restore_id}/undo`, { token: root })).status,
  ).toBe(200);
  expect(await digestsOf(server, root)).toEqual(before);
  expect((await send('?mode=merge')).body.merged).toMatchObject({ added: 1, skipped: 0 });
  expect((await send('?mode=merge')).body.merged).toMatchObject({ added: 0, already_there: 1 });
});

it('an archive of v0.27 comes', async () => {
  const flow = {
    nodes: [
      { id: 's', type: 'source', position: { x: 0, y: 0 }, data: {}, measured: { width: 1 } },
      {
        id: 'w',
        type: 'switch',
        position: { x: 0, y: 0 },
        data: { condition: 'level = "x" or \'a.b\' in ["y"]' },
      },
      { id: 'a', type: 'alert', position: { x: 0, y: 0 }, data: { alert: 'päger' } },
    ],
    edges: [
      { id: 'e', source: 's', target: 'w' },
      { id: 'f', source: 'w', target: 'a' },
    ],
  };
  const archive = await configArchive([
    { name: 'transformers/', type: 'directory' },
    { name: 'transformers/json.vrl', content: '. = parse_json!(.message)' },
    { name: 'pipelines/main.json', content: JSON.stringify(flow) },
    alertFile('päger', { version: 1, url: 'http://127.0.0.1:1/hook', headers: null }),
  ]);
  const answer = await upload(server, root, 'config', archive);
  expect(answer.status, answer.text).toBe(200);
  expect(answer.body.rows).toEqual({ transformers: 1, pipelines: 1, alerts: 1 });
  expect(answer.body.import).toEqual({
    format: 'flowg config archive',
    skipped: [],
    skipped_count: 0,
    needs_attention: [],
    needs_attention_count: 0,
  });
  const { script } = await server.ok('GET', '/api/v1/transformers/json', { token: root });
  expect(script).toBe('. = parse_json!(.message)');
  const { webhook } = await server.ok('GET', `/api/v1/alerts/${encodeURIComponent('päger')}`, {
    token: root,
  });
  expect(webhook).toEqual({ version: 1, url: 'http://127.0.0.1:1/hook', headers: {} });
});

it('passwords and tokens of v0.61 and later can be checked here, and stay', async () => {
  const live = (await download(server, root, 'auth')).bytes;
  const hash = /\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]+\$[\w+/]{43}/.exec(live.toString('latin1'))![0];
  expect(hash, 'the hash of a password that is known').toBeTruthy();
  const token = `pat_${'x'.repeat(32)}`;
  const tokenHash = createHash('sha256').update(token).digest('hex');
  const tokens = { '0f8fad5b-d9cb-469f-a165-70867728950e': tokenHash };
  const users = [{ name: 'newer', roles: ['admin'], passwordHash: hash, tokens }];
  const keys = [
    ...authKeys({ users, roles: { admin: ['write_acls'] } }, SEPARATORS.new),
    { key: ['index', 'pat', tokenHash].join('\x1b'), value: 'newer' },
    { key: '__meta__\x1bmigration\x1bkey_separator' },
    { key: 'provider\x1boidc\x1bgoogle', value: '{"client_secret":"hush"}' },
  ];
  const answer = await upload(server, root, 'auth', badgerStream(keys));
  expect(answer.status, answer.text).toBe(200);
  expect(answer.body.import).toMatchObject({
    passwords_lost: [],
    tokens_lost: 0,
    skipped: [{ kind: 'auth provider', name: 'oidc:google' }],
  });
  expect(answer.text).not.toContain('hush');
  const { user } = await server.ok('GET', '/api/v1/auth/whoami', { token });
  expect(user.name).toBe('newer');
});
