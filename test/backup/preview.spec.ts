import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Digests,
  digestsOf,
  download,
  ingest,
  NAMES,
  sha256,
  upload,
} from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';
import { downloadAll, uploadAll } from '../support/whole-backup.js';

let server: TestServer;
let root: string;
const saved: Record<string, Buffer> = {};
let archive: Buffer;
let live: Digests;

beforeAll(async () => {
  server = await TestServer.start();
  root = await server.createToken(await server.login());
  await server.createUser(root, 'alice', ['write_acls']);
  await script('kept', '.a = 1\n.b = 2\n');
  await script('lost', '. = {}');
  await ingest(server, root, 10, 'early');
  for (const name of NAMES) saved[name] = (await download(server, root, name)).bytes;
  archive = (await downloadAll(server, root)).bytes;
  await server.ok('DELETE', '/api/v1/users/alice', { token: root });
  await server.createUser(root, 'bob', ['send_logs']);
  await script('kept', '.a = 1\n.b = 3\n');
  await server.ok('DELETE', '/api/v1/transformers/lost', { token: root });
  await ingest(server, root, 3, 'late');
});
afterAll(() => server.stop());
beforeEach(async () => {
  live = await digestsOf(server, root);
});

const script = (name: string, text: string) =>
  server.ok('PUT', `/api/v1/transformers/${name}`, { token: root, json: { script: text } });
const preview = async (name: (typeof NAMES)[number], query = '') => {
  const answer = await upload(server, root, name, saved[name]!, `?dry_run=true${query}`);
  expect(answer.status, answer.text).toBe(200);
  return answer;
};

describe('a dry run', () => {
  it('of auth tells who comes back and who goes, what they may do then, and no secret', async () => {
    const { body, text } = await preview('auth');
    expect(body).toMatchObject({
      success: true,
      dry_run: true,
      database: 'auth',
      sha256: sha256(saved.auth!),
      rows: { users: 2 },
      lockout: { nobody_could_administer: false, you_could_not_come_back: false },
      changes: {
        users: { added: [{ name: 'alice' }], changed: [], removed: [{ name: 'bob' }] },
        roles: { added: [], removed: [{ name: 'bob-role', scopes: ['send_logs'] }] },
        permissions: [
          { user: 'alice', gained: ['read_acls', 'write_acls'], lost: [] },
          { user: 'bob', gained: [], lost: ['send_logs'] },
        ],
      },
    });
    expect(body.expected_switch_ms).toBeGreaterThan(0);
    expect(text).not.toMatch(/argon2|(?<!"sha256":")[0-9a-f]{64}/);
    expect(await digestsOf(server, root)).toEqual(live);
  });

  it('of config shows lines, of logs what would be lost', async () => {
    const { changes } = (await preview('config')).body;
    expect(changes.transformers.added).toMatchObject([{ name: 'lost', content: '. = {}' }]);
    expect(changes.transformers.changed).toMatchObject([{ name: 'kept' }]);
    expect(changes.transformers.changed[0].diff).toMatch(/\n-\.b = 3\n\+\.b = 2\n/);
    const logs = (await preview('logs')).body.changes;
    expect(logs.streams.changed).toMatchObject([
      { name: 'default', entries_gained: { count: 0 }, entries_lost: { count: 3 } },
    ]);
  });

  it('of everything tells all of it', async () => {
    const answer = await uploadAll(server, root, archive, '?dry_run=true');
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({
      database: 'all',
      changes: {
        auth: { users: { added: [{ name: 'alice' }] } },
        config: { transformers: { changed: [{ name: 'kept' }] } },
        logs: { streams: { changed: [{ name: 'default' }] } },
      },
    });
    expect(await digestsOf(server, root)).toEqual(live);
  });

  it('warns of a lockout instead of refusing', async () => {
    const young = await server.createUser(root, 'young', ['write_acls']);
    const answer = await upload(server, young, 'auth', saved.auth!, '?dry_run=true');
    expect(answer.body.lockout).toEqual({
      nobody_could_administer: false,
      you_could_not_come_back: true,
    });
    await server.ok('DELETE', '/api/v1/users/young', { token: root });
    await server.ok('DELETE', '/api/v1/roles/young-role', { token: root });
  });

  it('refuses a bad file as the restore would, and stands in the catalogue as what it is', async () => {
    const bad = await upload(server, root, 'auth', saved.config!, '?dry_run=true');
    expect(bad.status).toBe(400);
    await preview('auth');
    const { restores } = await server.ok('GET', '/api/v1/restores?limit=2', { token: root });
    expect(restores).toMatchObject([
      { mode: 'preview', outcome: 'previewed', generation: null, undoable_until: null },
      { mode: 'preview', outcome: 'refused' },
    ]);
    expect(
      (await server.request('POST', `/api/v1/restores/${restores[0].id}/undo`, { token: root })).status,
    ).toBe(409);
  });

  it('needs the permission of the restore', async () => {
    const reader = await server.createUser(root, 'reader', ['read_acls', 'read_streams']);
    expect((await upload(server, reader, 'auth', saved.auth!, '?dry_run=true')).status).toBe(403);
    await server.ok('DELETE', '/api/v1/users/reader', { token: root });
    await server.ok('DELETE', '/api/v1/roles/reader-role', { token: root });
  });
});

describe('a plan', () => {
  const commit = (name: (typeof NAMES)[number], plan: string, query = '', file = saved[name]!) =>
    upload(server, root, name, file, `?plan=${plan}${query}`);
  const undoLast = async (id: string) =>
    expect((await server.request('POST', `/api/v1/restores/${id}/undo`, { token: root })).status).toBe(200);

  it.each(NAMES)('of %s restores what was previewed', async (name) => {
    const { plan } = (await preview(name)).body;
    const answer = await commit(name, plan);
    expect(answer.status, answer.text).toBe(200);
    expect((await digestsOf(server, root))[name]).not.toBe(live[name]);
    await undoLast(answer.body.restore_id);
  });

  it('is good for everything at once, and outlives a restart', async () => {
    const { plan } = (await uploadAll(server, root, archive, '?dry_run=true')).body;
    server = await server.restarted();
    const answer = await uploadAll(server, root, archive, `?plan=${plan}`);
    expect(answer.status, answer.text).toBe(200);
    await undoLast(answer.body.restore_id);
  });

  it('is refused when the live state has changed meanwhile', async () => {
    for (const name of NAMES) {
      const { plan } = (await preview(name)).body;
      if (name === 'logs') await ingest(server, root, 1, 'meanwhile');
      else if (name === 'config') await script(`meanwhile-${name}`, '. = {}');
      else await server.createToken(root);
      const before = await digestsOf(server, root);
      const answer = await commit(name, plan);
      expect(answer.status, `${name}: ${answer.text}`).toBe(409);
      expect(answer.body.error).toMatch(/not the one that was previewed.*nothing was changed/);
      expect(await digestsOf(server, root)).toEqual(before);
    }
  });

  it('is refused when the state changes after everything was looked at, before the switch', async () => {
    const { plan } = (await preview('config')).body;
    const hits = join(server.dataDir, 'hits');
    server = await server.restarted({ FLOWG_TEST_FAILPOINTS: `restore.ready=sleep:5000@${hits}` });
    const committing = commit('config', plan);
    await expect.poll(() => existsSync(hits), { timeout: 20_000 }).toBe(true);
    await script('just-in-time', '. = {}');
    const before = await digestsOf(server, root);
    const answer = await committing;
    expect(answer.status, answer.text).toBe(409);
    expect(await digestsOf(server, root)).toEqual(before);
    server = await server.restarted({ FLOWG_TEST_FAILPOINTS: '' });
  });

  it('does not mind logs that come in, when they are to be kept', async () => {
    const { plan } = (await preview('logs', '&keep_newer=true')).body;
    await ingest(server, root, 2, 'meanwhile');
    expect((await commit('logs', plan)).status).toBe(409);
    const answer = await commit('logs', plan, '&keep_newer=true');
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.kept_newer.entries).toBeGreaterThanOrEqual(2);
    await undoLast(answer.body.restore_id);
  });

  it('is refused for another file, and when it is none', async () => {
    const { plan } = (await preview('config')).body;
    const other = (await download(server, root, 'config')).bytes;
    const answer = await commit('config', plan, '', other);
    expect(answer.status).toBe(409);
    expect(answer.body.error).toContain('another file');
    expect((await commit('config', 'nonsense')).status).toBe(400);
    expect((await commit('auth', plan)).status).toBe(409);
    expect(await digestsOf(server, root)).toEqual(live);
  });
});

describe('parameters that contradict each other', () => {
  it.each([
    ['config', 'dry_run=true&plan=x'],
    ['config', 'dry_run=true&confirm_within=60'],
    ['config', 'only=pipelines/default&dry_run=true'],
    ['config', 'only=pipelines/default&plan=x'],
    ['config', 'only=pipelines/default&confirm_within=60'],
    ['logs', 'mode=merge&confirm_within=60'],
    ['logs', 'mode=merge&keep_newer=true'],
    ['logs', 'mode=merge&plan=x'],
    ['logs', 'mode=other'],
    ['logs', 'stream=default'],
    ['auth', 'dry_run=yes'],
  ] as const)('%s?%s is refused', async (name, query) => {
    const answer = await upload(server, root, name, saved[name]!, `?${query}`);
    expect(answer.status, answer.text).toBe(400);
    expect(await digestsOf(server, root)).toEqual(live);
  });
});
