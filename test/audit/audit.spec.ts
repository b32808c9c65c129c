import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AUDITED_OPERATIONS } from '#src/audit/audited-operations.js';
import { download, upload } from '../support/backup-client.js';
import { RawRequest, UPLOAD_FORM } from '../support/raw-request.js';
import { documentedOperations } from '../support/api-document.js';
import { takeBackup } from '../support/stored-backups.js';
import { type RequestOptions, TestServer } from '../support/test-server.js';

let server: TestServer;
let root: string;

beforeAll(async () => {
  server = await TestServer.start({ env: { FLOWG_LOG_FORMAT: 'json', FLOWG_TRUSTED_PROXIES: '127.0.0.1' } });
  root = await server.login();
});
afterAll(() => server.stop());

type Entry = Record<string, unknown>;

const audited = (): Entry[] =>
  server.log
    .split('\n')
    .filter((line) => line.includes('"context":"Audit"'))
    .map((line) => JSON.parse(line) as Entry);

let asked = 0;

/** Sends a request from an address and with an id of its own. @returns its lines, of which there is one at most. */
async function linesOf(method: string, path: string, options: RequestOptions = {}): Promise<Entry[]> {
  const requestId = `audit-${++asked}`;
  const headers = { ...options.headers, 'X-Request-Id': requestId, 'X-Forwarded-For': '192.0.2.7' };
  await server.request(method, path, { ...options, headers });
  // Written before the answer, by another process: a line that comes after it has come later.
  const marker = `audit-${++asked}`;
  const json = { username: marker, password: 'x' };
  await server.request('POST', '/api/v1/auth/login', { json, headers: { 'X-Request-Id': marker } });
  await server.waitFor(new RegExp(`"user":"${marker}"`));
  return audited().filter((entry) => entry.requestId === requestId);
}

/** What a line has besides what every line of the log has. */
const line = (operation: string, outcome: string, path: string, more: Entry = {}) => [
  expect.objectContaining({
    level: 'log',
    message: operation,
    outcome,
    path: `/api/v1${path}`,
    address: '192.0.2.7',
    requestId: `audit-${asked - 1}`,
    ...more,
  }),
];

const put = (path: string, json: unknown, token = root) => linesOf('PUT', `/api/v1${path}`, { token, json });
const post = (path: string, json?: unknown, token: string | undefined = root) =>
  linesOf('POST', `/api/v1${path}`, { token, json });

const login = (username: unknown, password: string) =>
  linesOf('POST', '/api/v1/auth/login', { json: { Username: username, password } });

describe('the audit', () => {
  it('tells logins, and those that failed', async () => {
    expect(await login('root', 'root')).toEqual(line('login', 'succeeded', '/auth/login', { user: 'root' }));
    const failed = { user: 'nobody "at" all\n', code: 'UNAUTHENTICATED' };
    expect(await login(failed.user, 'guess')).toEqual(line('login', 'failed', '/auth/login', failed));
    const [cut] = await login('x'.repeat(5000), 'guess');
    expect(cut!.user).toBe('x'.repeat(255));
    const [odd] = await login({ a: 1 }, 'guess');
    expect(odd).toMatchObject({ outcome: 'failed', code: 'INVALID_ARGUMENT' });
    expect(odd).not.toHaveProperty('user');
    for (let n = 0; n < 10; n++) await login('guessed', 'guess');
    const throttled = { user: 'guessed', code: 'TOO_MANY_REQUESTS' };
    expect(await login('guessed', 'guess')).toEqual(line('login', 'failed', '/auth/login', throttled));
  });

  it('tells changes of roles and users, with what was given', async () => {
    const scopes = ['read_streams', 'send_logs'];
    const by = { user: 'root' };
    expect(await put('/roles/r', { scopes })).toEqual(
      line('save_role', 'succeeded', '/roles/r', { ...by, scopes }),
    );
    const user = { roles: ['r'], password: 'first-password' };
    expect(await put('/users/ann', user)).toEqual(
      line('save_user', 'succeeded', '/users/ann', { ...by, roles: ['r'] }),
    );
    expect(await put('/roles/r', { scopes: ['all'] })).toEqual(
      line('save_role', 'failed', '/roles/r', { ...by, scopes: ['all'], code: 'INVALID_ARGUMENT' }),
    );
    const [many] = await put('/users/many', {
      roles: Array.from({ length: 900 }, (_, n) => `r${n}`),
      password: 'p',
    });
    expect(many!.roles).toHaveLength(50);
    for (const path of ['/users/many', '/roles/gone'])
      expect(await linesOf('DELETE', `/api/v1${path}`, { token: root })).toEqual(
        line(path.startsWith('/u') ? 'delete_user' : 'delete_role', 'succeeded', path, by),
      );
  });

  it('tells changes of passwords and tokens', async () => {
    const ann = await server.login('ann', 'first-password');
    const by = { user: 'ann' };
    const path = '/auth/change-password';
    const wrong = { old_password: 'a-wrong-password', new_password: 'second-password' };
    expect(await post(path, wrong, ann)).toEqual(
      line('change_password', 'denied', path, { ...by, code: 'PERMISSION_DENIED' }),
    );
    const right = { ...wrong, old_password: 'first-password' };
    expect(await post(path, right, ann)).toEqual(line('change_password', 'succeeded', path, by));
    const [made] = await post('/token', undefined, ann);
    expect(made).toMatchObject({ message: 'create_token', outcome: 'succeeded', ...by });
    const { token_uuids } = await server.ok('GET', '/api/v1/tokens', { token: ann });
    expect(token_uuids).toEqual([made!.token]);
    const one = `/tokens/${made!.token as string}`;
    expect(await linesOf('DELETE', `/api/v1${one}?verbose=1`, { token: ann })).toEqual(
      line('delete_token', 'succeeded', one, by),
    );
  });

  it('tells each permission that is missed, and no more of what is not changed', async () => {
    const ann = await server.login('ann', 'second-password');
    const by = { user: 'ann' };
    expect(await put('/users/ann', { roles: ['admin'], password: 'x' }, ann)).toEqual(
      line('save_user', 'denied', '/users/ann', by),
    );
    for (const [operation, path] of [
      ['list_users', '/users'],
      ['backup_auth', '/backup/auth'],
    ] as const)
      expect(await linesOf('GET', `/api/v1${path}`, { token: ann })).toEqual(
        line(operation, 'denied', path, by),
      );
    expect(await linesOf('GET', '/api/v1/streams', { token: ann })).toEqual([]);
    expect(await put('/users/ann', {}, 'pat_unknown')).toEqual([]);
  });

  it('tells restores, undos and confirmations, previews as such', async () => {
    const { bytes } = await download(server, root, 'config');
    const restores = async () =>
      audited().filter(({ message, user }) => message === 'restore_config' && user === 'root');
    const { body } = await upload(server, root, 'config', bytes);
    await upload(server, root, 'config', bytes, '?dry_run=true');
    await upload(server, root, 'config', 'no database');
    await expect.poll(restores).toEqual([
      expect.objectContaining({
        outcome: 'succeeded',
        restore: body.restore_id,
        path: '/api/v1/restore/config',
      }),
      expect.objectContaining({ outcome: 'succeeded', dryRun: true }),
      expect.objectContaining({ outcome: 'failed', code: 'INVALID_ARGUMENT' }),
    ]);
    const undo = `/restores/${body.restore_id}/undo`;
    expect(await post(undo)).toEqual(line('undo_restore', 'succeeded', undo, { user: 'root' }));
    const confirm = `/restores/${body.restore_id}/confirm`;
    expect(await post(confirm)).toEqual(line('confirm_restore', 'failed', confirm, { code: 'CONFLICT' }));
  });

  it('tells proofs, and from which stored backup somebody restored', async () => {
    const { id } = await takeBackup(server, root, 'config');
    const prove = `/backups/${id}/prove`;
    const by = { user: 'root', code: 'CONFLICT' };
    expect(await post(prove)).toEqual(line('prove_backup', 'failed', prove, by));
    const from = await post(`/restore/config?from=${id}`);
    expect(from).toEqual(line('restore_config', 'failed', '/restore/config', { ...by, from: id }));
    const [odd] = await post('/restore/config?from=anything');
    expect(odd).not.toHaveProperty('from');
  });

  it('tells changes of schedules, and who lets them run', async () => {
    const schedule = '/backup-schedules/nightly';
    const body = { database: 'logs', cron: '0 3 * * *', destination: 'nowhere', keep: { last: 1 } };
    const by = { user: 'root', code: 'INVALID_ARGUMENT' };
    expect(await put(schedule, body)).toEqual(
      line('save_backup_schedule', 'failed', schedule, { ...by, database: 'logs' }),
    );
    const missing = { user: 'root', code: 'NOT_FOUND' };
    expect(await post(`${schedule}/run`)).toEqual(
      line('run_backup_schedule', 'failed', `${schedule}/run`, missing),
    );
    expect(await linesOf('DELETE', `/api/v1${schedule}`, { token: root })).toEqual(
      line('delete_backup_schedule', 'failed', schedule, missing),
    );
    const writer = await server.createUser(root, 'writer', ['write_streams']);
    expect(await put(schedule, { ...body, database: 'auth' }, writer)).toEqual(
      line('save_backup_schedule', 'denied', schedule, { user: 'writer', database: 'auth' }),
    );
  });

  it('tells where a request came from that was given up in the middle', async () => {
    const head = `Content-Length: 1000000\r\nContent-Type: ${UPLOAD_FORM.type}`;
    const request = RawRequest.send(
      server,
      'POST /api/v1/restore/config HTTP/1.1',
      `Authorization: Bearer jwt:${root}`,
      'X-Request-Id: given-up',
      head,
    );
    request.socket.write(UPLOAD_FORM.start);
    await new Promise((done) => setTimeout(done, 200));
    request.socket.resetAndDestroy();
    const lineOfIt = () => audited().find(({ requestId }) => requestId === 'given-up');
    await expect
      .poll(lineOfIt)
      .toMatchObject({ message: 'restore_config', outcome: 'failed', address: '127.0.0.1' });
  });

  it('covers every operation that needs write_acls or is about the caller', async () => {
    const operations = await documentedOperations(server);
    const changing = operations.filter(
      ({ method, permissions, tags }) =>
        method !== 'GET' && (permissions.includes('write_acls') || tags[0] === 'auth'),
    );
    expect(changing.length).toBeGreaterThan(8);
    for (const { operationId } of changing) expect(AUDITED_OPERATIONS).toHaveProperty(operationId);
    const ids = operations.map(({ operationId }) => operationId);
    for (const id of Object.keys(AUDITED_OPERATIONS)) expect(ids).toContain(id);
  });
});
