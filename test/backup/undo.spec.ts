import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';
import { type Digests, digestsOf, download, ingest, NAMES, upload } from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';

let server: TestServer;
let root: string;
/** Of the state that is restored in each test. */
const saved: Record<string, Buffer> = {};
let savedDigests: Digests;
let changed: Digests;
let counter = 0;

beforeAll(async () => {
  server = await TestServer.start();
  root = await server.createToken(await server.login());
  await server.createUser(root, 'alice', ['write_acls']);
  await ingest(server, root, 10);
  for (const name of NAMES) saved[name] = (await download(server, root, name)).bytes;
  savedDigests = await digestsOf(server, root);
});
afterAll(() => server.stop());

beforeEach(async () => {
  const mark = `change-${counter++}`;
  await server.ok('PUT', `/api/v1/roles/${mark}`, { token: root, json: { scopes: ['send_logs'] } });
  await server.ok('PUT', `/api/v1/transformers/${mark}`, { token: root, json: { script: '. = {}' } });
  await ingest(server, root, 1, mark);
  changed = await digestsOf(server, root);
});

async function restored(name: (typeof NAMES)[number], query = ''): Promise<string> {
  const answer = await upload(server, root, name, saved[name]!, query);
  expect(answer.status, answer.text).toBe(200);
  return answer.body.restore_id;
}
const undo = (id: string, token = root, query = '') =>
  server.request('POST', `/api/v1/restores/${id}/undo${query}`, { token });
const confirm = (id: string, token = root) =>
  server.request('POST', `/api/v1/restores/${id}/confirm`, { token });
const look = async (id: string) =>
  (await server.ok('GET', `/api/v1/restores/${id}`, { token: root })).restore;

describe('undo', () => {
  it.each(NAMES)('puts back what a restore of %s replaced, also after a restart', async (name) => {
    const id = await restored(name);
    expect((await digestsOf(server, root))[name]).toBe(savedDigests[name]);
    expect(await look(id)).toMatchObject({
      mode: 'replace',
      undone_by: null,
      undoes: null,
      confirm_by: null,
    });
    expect(Date.parse((await look(id)).undoable_until)).toBeGreaterThan(Date.now() + 23 * 3600 * 1000);
    server = await server.restarted();
    const answer = await undo(id);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.restore).toMatchObject({
      database: name,
      mode: 'undo',
      outcome: 'succeeded',
      undoes: id,
      user: 'root',
    });
    expect(await digestsOf(server, root)).toEqual(changed);
    expect(await look(id)).toMatchObject({ undone_by: answer.body.restore.id, undoable_until: null });

    const again = await undo(answer.body.restore.id);
    expect(again.status, again.text).toBe(200);
    expect((await digestsOf(server, root))[name]).toBe(savedDigests[name]);
  });

  it('is refused twice, for what never was a restore that succeeded, and for what does not exist', async () => {
    const id = await restored('config');
    expect((await undo(id)).status).toBe(200);
    const twice = await undo(id);
    expect(twice.status).toBe(409);
    expect(twice.body).toMatchObject({ status: 'CONFLICT' });
    expect((await upload(server, root, 'config', 'no backup')).status).toBe(400);
    const { restores } = await server.ok('GET', '/api/v1/restores?limit=1', { token: root });
    expect(restores[0].outcome).toBe('refused');
    expect((await undo(restores[0].id)).status).toBe(409);
    expect((await undo('5f0f6a3e-6e0a-4d0b-9d43-0d1d5a0c2a51')).status).toBe(404);
    expect((await undo('nonsense')).status).toBe(400);
  });

  it('is for those who may restore the database; to others it does not exist', async () => {
    const id = await restored('logs');
    const sender = await server.createUser(root, 'sender', ['write_acls', 'send_logs']);
    for (const answer of [await undo(id, sender), await confirm(id, sender)]) expect(answer.status).toBe(404);
    const owner = await server.createUser(root, 'owner', ['write_streams']);
    expect((await undo(id, owner)).status).toBe(200);
    expect((await server.request('POST', `/api/v1/restores/${id}/undo`)).status).toBe(401);
  });

  it('of auth does not lock out whoever asks, unless they say so', async () => {
    // Bob is in the backup only, and has a token and a password of his own there.
    const bob = await server.createUser(root, 'bob', ['write_acls']);
    const withBob = (await download(server, root, 'auth')).bytes;
    await server.ok('DELETE', '/api/v1/users/bob', { token: root });
    const { restore_id: id } = (await upload(server, root, 'auth', withBob)).body;
    const refused = await undo(id, bob);
    expect(refused.status).toBe(409);
    expect(refused.body.error).toContain('allow_lockout=true');
    expect((await undo(id, bob, '?allow_lockout=true')).status).toBe(200);
    expect(await server.status('GET', '/api/v1/auth/whoami', { token: bob })).toBe(401);
  });
});

describe('a restore with confirm_within', () => {
  it('stands when it is confirmed, and can still be undone', async () => {
    const id = await restored('config', '?confirm_within=600');
    expect(Date.parse((await look(id)).confirm_by)).toBeGreaterThan(Date.now() + 590_000);
    const answer = await confirm(id);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.restore).toMatchObject({ id, confirm_by: null, undone_by: null });
    expect((await confirm(id)).status).toBe(409);
    expect((await digestsOf(server, root)).config).toBe(savedDigests.config);
    expect((await undo(id)).status).toBe(200);
  });

  it('undoes itself when nobody confirms it', async () => {
    const id = await restored('auth', '?confirm_within=1');
    expect((await digestsOf(server, root)).auth).toBe(savedDigests.auth);
    await expect.poll(async () => (await look(id)).undone_by, { timeout: 10_000 }).not.toBeNull();
    expect(await digestsOf(server, root)).toEqual(changed);
    const undone = await look((await look(id)).undone_by);
    expect(undone).toMatchObject({ mode: 'undo', undoes: id, outcome: 'succeeded', user: '' });
    const late = await confirm(id);
    expect(late.status).toBe(409);
  });

  it('undoes itself at the next start when the server was down at that moment', async () => {
    const id = await restored('config', '?confirm_within=1');
    await server.kill();
    await sleep(1200);
    server = await server.restarted();
    // Not a moment later: the first answer is of the state before.
    expect(await digestsOf(server, root)).toEqual(changed);
    expect((await look(id)).undone_by).not.toBeNull();
  });

  it('undoes itself also when the catalogue has forgotten it', async () => {
    const id = await restored('config', '?confirm_within=2');
    await server.stop();
    const { live } = JSON.parse(await readFile(join(server.dataDir, 'current.json'), 'utf8'));
    const file = join(server.dataDir, 'backup', `${String(live.backup).padStart(4, '0')}.db`);
    const catalogue = await SqliteConnection.open(file, 'readwrite');
    await catalogue.exec(`DELETE FROM run WHERE id = '${id}'`);
    await catalogue.close();
    server = await server.restarted();
    await expect.poll(() => digestsOf(server, root), { timeout: 10_000 }).toEqual(changed);
  });

  it('goes on waiting over a restart', async () => {
    const id = await restored('config', '?confirm_within=600');
    server = await server.restarted();
    expect((await digestsOf(server, root)).config).toBe(savedDigests.config);
    expect((await look(id)).confirm_by).not.toBeNull();
    expect((await confirm(id)).status).toBe(200);
  });

  it('lets no other restore of the database in between', async () => {
    const id = await restored('config', '?confirm_within=600');
    const other = await upload(server, root, 'config', saved.config!);
    expect(other.status).toBe(409);
    expect(other.body.error).toContain(id);
    expect((await undo(id)).status).toBe(200);
  });

  it('is not confirmed by a credential that the restore has ended', async () => {
    const young = await server.createUser(root, 'young', ['write_acls']);
    const answer = await upload(server, root, 'auth', saved.auth!, '?confirm_within=600');
    expect(answer.status, answer.text).toBe(200);
    expect((await confirm(answer.body.restore_id, young)).status).toBe(401);
    expect((await confirm(answer.body.restore_id)).status).toBe(200);
  });

  it.each(['0', '-1', '604801', '1.5', 'soon', ''])(
    'refuses %j seconds before a byte is read',
    async (seconds) => {
      const answer = await upload(server, root, 'config', saved.config!, `?confirm_within=${seconds}`);
      expect(answer.status).toBe(400);
      expect(answer.body.context['query:confirm_within'][0]).toContain('seconds');
    },
  );
});
