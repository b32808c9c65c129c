import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { upload } from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';
import { badgerStream } from './badger-stream.js';
import { authKeys, logsKeys } from './flowg-databases.js';

let server: TestServer;
let root: string;

beforeAll(async () => {
  server = await TestServer.start();
  root = await server.createToken(await server.login());
});

afterAll(() => server.stop());

it('a role of the same name does not lend the rights of the caller to others', async () => {
  const keys = authKeys({
    users: [
      { name: 'mallory', roles: ['admin', 'kept-role-2'] },
      { name: 'root', roles: ['reader'] },
    ],
    roles: { admin: ['read_streams'], reader: ['read_acls'] },
  });
  const answer = await upload(server, root, 'auth', badgerStream(keys), '?one_time_passwords=true');
  expect(answer.status, answer.text).toBe(200);
  const [{ user, password }] = answer.body.import.one_time_passwords;
  expect(user).toBe('mallory');
  expect(answer.body.import.needs_attention).toEqual([
    { kind: 'role', name: 'kept-role-3', reason: 'it has the rights that your role "admin" had before' },
  ]);
  const mallory = await server.ok('GET', '/api/v1/auth/whoami', {
    token: await server.login('mallory', password),
  });
  expect(mallory.permissions).toMatchObject({
    can_view_streams: true,
    can_edit_acls: false,
    can_view_acls: false,
  });
  const { user: me, permissions } = await server.ok('GET', '/api/v1/auth/whoami', { token: root });
  expect(me.roles).toEqual(['kept-role-3', 'reader']);
  expect(permissions).toMatchObject({ can_edit_acls: true, can_edit_streams: true });
});

it('somebody with a JSON Web Token and a user that the file does not have goes on, too', async () => {
  const eve = await server.createUser(root, 'eve', ['write_acls']);
  const answer = await upload(
    server,
    eve,
    'auth',
    badgerStream(authKeys({ users: [], roles: { ops: ['send_logs'] } })),
  );
  expect(answer.status, answer.text).toBe(200);
  const { users } = await server.ok('GET', '/api/v1/users', { token: eve });
  expect(users).toEqual([{ name: 'eve', roles: ['eve-role'] }]);
  await server.login('eve', 'eve-password');
  expect((await server.request('GET', '/api/v1/users', { token: root })).status, 'root is not there').toBe(
    401,
  );
});

/** One that has ended and that nobody has asked for stands there for a while as `Z`. */
async function runs(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return /\) [^Z]/.test(status);
}

/** Processes that the server has started and that still run. */
async function childrenOf(pid: number): Promise<number[]> {
  const parents = (await readdir('/proc'))
    .filter((name) => /^\d+$/.test(name))
    .map(async (name) => {
      const status = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
      return { child: Number(name), parent: Number(/\) \S (\d+)/.exec(status)?.[1]) };
    });
  return (await Promise.all(parents)).filter(({ parent }) => parent === pid).map(({ child }) => child);
}

it('a conversion ends with the client, and with the server', async () => {
  const busy = await TestServer.start();
  const jwt = await busy.login();
  const before = (await childrenOf(busy.pid)).length;
  const entries = Array.from({ length: 100_000 }, (_, index) => ({
    stream: 's',
    timestamp: new Date(1_700_000_000_000 + index).toISOString(),
    fields: { text: 'x'.repeat(300) },
  }));
  const form = new FormData();
  form.append('backup', new Blob([badgerStream(logsKeys({ s: {} }, entries), 1000)]), 'logs.db');
  const started = async () => (await childrenOf(busy.pid)).length > before;

  const gone = new AbortController();
  const first = busy.fetch('POST', '/api/v1/restore/logs', { token: jwt, body: form }, gone.signal);
  await expect.poll(started, { timeout: 30_000, interval: 5 }).toBe(true);
  gone.abort();
  await expect(first).rejects.toThrow();
  await expect.poll(started, { timeout: 5000 }).toBe(false);
  const parts = async () =>
    (await readdir(join(busy.dataDir, 'logs'))).filter((name) => name.includes('.part'));
  await expect.poll(parts).toEqual([]);
  const restores = () => busy.ok('GET', '/api/v1/restores?limit=1', { token: jwt });
  await expect.poll(async () => (await restores()).restores[0].outcome).toBe('aborted');

  const second = busy
    .fetch('POST', '/api/v1/restore/logs', { token: jwt, body: form })
    .catch(() => undefined);
  await expect.poll(started, { timeout: 30_000, interval: 5 }).toBe(true);
  const children = await childrenOf(busy.pid);
  await busy.kill();
  await second;
  const running = async () => (await Promise.all(children.map(runs))).filter(Boolean);
  await expect.poll(running, { timeout: 10_000 }).toEqual([]);
  const again = await busy.restarted();
  expect(await parts()).toEqual([]);
  await again.stop();
}, 120_000);
