import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Digests,
  digestsOf,
  download,
  ingest,
  NAMES,
  records,
  sha256,
  upload,
} from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';

let server: TestServer;
let root: string;

beforeAll(async () => {
  server = await TestServer.start();
  root = await server.createToken(await server.login());
});

afterAll(() => server.stop());

const flow = (stream: string) => ({
  flow: {
    version: 1,
    nodes: [
      { id: 'in', type: 'source', position: { x: 0, y: 0 }, data: { type: 'direct' } },
      { id: 'out', type: 'router', position: { x: 1, y: 1 }, data: { stream } },
    ],
    edges: [{ id: 'e', source: 'in', sourceHandle: '', target: 'out' }],
  },
});

async function fill(): Promise<void> {
  await server.ok('PUT', '/api/v1/roles/reader', { token: root, json: { scopes: ['read_streams'] } });
  await server.ok('PUT', '/api/v1/roles/sender', { token: root, json: { scopes: ['send_logs'] } });
  await server.ok('PUT', '/api/v1/users/alice', {
    token: root,
    json: { roles: ['reader'], password: 'old-pass' },
  });
  await server.ok('PUT', '/api/v1/users/bob', { token: root, json: { roles: ['sender'], password: 'bob' } });
  await server.ok('PUT', '/api/v1/transformers/json', {
    token: root,
    json: { script: '. = parse_json!(.m)' },
  });
  await server.ok('PUT', '/api/v1/pipelines/edge', { token: root, json: flow('edge') });
  const webhook = { version: 1, url: 'http://127.0.0.1:1/hook', headers: { Authorization: 'x' } };
  await server.ok('PUT', '/api/v1/alerts/pager', { token: root, json: { webhook } });
  const config = { ttl: 60, size: 1, indexed_fields: ['app'] };
  await server.ok('PUT', '/api/v1/streams/kept', { token: root, json: { config } });
  await ingest(server, root, 200);
}

async function wreck(): Promise<void> {
  const changed = { roles: ['sender'], password: 'new-pass' };
  await server.ok('PUT', '/api/v1/users/alice', { token: root, json: changed });
  await server.ok('DELETE', '/api/v1/users/bob', { token: root });
  await server.ok('DELETE', '/api/v1/roles/reader', { token: root });
  await server.ok('PUT', '/api/v1/users/carol', { token: root, json: { roles: [], password: 'carol' } });
  await server.ok('DELETE', '/api/v1/pipelines/edge', { token: root });
  await server.ok('DELETE', '/api/v1/transformers/json', { token: root });
  await server.ok('DELETE', '/api/v1/alerts/pager', { token: root });
  await server.ok('PUT', '/api/v1/pipelines/added', { token: root, json: flow('added') });
  await server.ok('DELETE', '/api/v1/streams/default', { token: root });
  await server.ok('DELETE', '/api/v1/streams/kept', { token: root });
  const record = { message: 'after' };
  await server.ok('POST', '/api/v1/pipelines/added/logs', { token: root, json: { record } });
  await ingest(server, root, 20, 'later');
}

describe('back up all three, change everything, restore', () => {
  let saved: Digests;
  const backups = new Map<string, Buffer>();
  const ids = new Map<string, string>();

  it('downloads say what they are, and the catalogue knows their SHA-256', async () => {
    await fill();
    saved = await digestsOf(server, root);
    for (const name of NAMES) {
      const { bytes, headers } = await download(server, root, name);
      expect(headers.get('content-type')).toBe('application/octet-stream');
      expect(headers.get('content-disposition')).toBe(`attachment; filename=${name}.db`);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('content-length')).toBe(String(bytes.length));
      const id = headers.get('x-backup-id')!;
      const { backup } = await server.ok('GET', `/api/v1/backups/${id}`, { token: root });
      expect(backup).toMatchObject({
        id,
        database: name,
        user: 'root',
        bytes: bytes.length,
        sha256: sha256(bytes),
      });
      backups.set(name, bytes);
      ids.set(name, id);
    }
  });

  it('the digests tell the changed state from the saved one', async () => {
    await wreck();
    const now = await digestsOf(server, root);
    for (const name of NAMES) expect(now[name], name).not.toBe(saved[name]);
    await expect(server.login('alice', 'old-pass')).rejects.toThrow(/401/);
    expect(await records(server, root)).toHaveLength(20);
  });

  it('each restore says what it put back, and the digest is that of the backup', async () => {
    for (const name of NAMES) {
      const bytes = backups.get(name)!;
      const { status, body } = await upload(server, root, name, bytes);
      expect(status, JSON.stringify(body)).toBe(200);
      expect(body).toMatchObject({
        success: true,
        database: name,
        generation: 2,
        bytes: bytes.length,
        sha256: sha256(bytes),
        schema_version: { auth: 1, config: 1, logs: 2 }[name],
      });
      const { backup } = await server.ok('GET', `/api/v1/backups/${ids.get(name)}`, { token: root });
      expect(body.instant).toBe(backup.instant);
      expect(body.rows).toEqual(backup.rows);
      const { restore } = await server.ok('GET', `/api/v1/restores/${body.restore_id}`, { token: root });
      expect(restore).toMatchObject({ outcome: 'succeeded', generation: 2, rows: body.rows, error: null });
    }
    expect(await digestsOf(server, root)).toEqual(saved);
  });

  it('what was changed is as it was', async () => {
    await server.login('alice', 'old-pass');
    await expect(server.login('alice', 'new-pass')).rejects.toThrow(/401/);
    const { users } = await server.ok('GET', '/api/v1/users', { token: root });
    expect(users.find((user: { name: string }) => user.name === 'alice').roles).toEqual(['reader']);
  });

  it('what was deleted is back', async () => {
    await server.login('bob', 'bob');
    const { roles } = await server.ok('GET', '/api/v1/roles', { token: root });
    expect(roles.map((role: { name: string }) => role.name)).toContain('reader');
    expect((await server.ok('GET', '/api/v1/pipelines', { token: root })).pipelines).toContain('edge');
    expect((await server.ok('GET', '/api/v1/transformers/json', { token: root })).script).toBe(
      '. = parse_json!(.m)',
    );
    const { webhook } = await server.ok('GET', '/api/v1/alerts/pager', { token: root });
    expect(webhook.headers).toEqual({ Authorization: 'x' });
    const { streams } = await server.ok('GET', '/api/v1/streams', { token: root });
    expect(streams.kept).toEqual({ ttl: 60, size: 1, indexed_fields: ['app'] });
    const back = await records(server, root);
    expect(back).toHaveLength(200);
    expect(back.every(({ fields }) => fields.message!.startsWith('hello '))).toBe(true);
  });

  it('what was added is gone', async () => {
    await expect(server.login('carol', 'carol')).rejects.toThrow(/401/);
    expect((await server.ok('GET', '/api/v1/pipelines', { token: root })).pipelines).not.toContain('added');
    expect((await server.ok('GET', '/api/v1/streams', { token: root })).streams).not.toHaveProperty('added');
  });

  it('the server works on with what was restored, also after a restart', async () => {
    await ingest(server, root, 5, 'new');
    const before = await digestsOf(server, root);
    server = await server.restarted();
    expect(await digestsOf(server, root)).toEqual(before);
    expect(await records(server, root)).toHaveLength(205);
  });

  it('a backup restores on another server too', async () => {
    const other = await TestServer.start();
    const token = await other.login();
    for (const name of ['config', 'logs', 'auth'] as const) {
      expect((await upload(other, token, name, backups.get(name)!)).status).toBe(200);
    }
    expect(await digestsOf(other, root), 'the token of the first server works on the second').toEqual(saved);
    await other.stop();
  });
});
