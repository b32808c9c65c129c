import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestServer } from '../support/test-server.js';

let dataDir: string;
let server: TestServer;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'flowg-test-'));
  server = await TestServer.start({ dataDir });
});
afterEach(async () => {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const PASSWORD = 'found-again';

const reset = (user: string) =>
  server.restarted({ FLOWG_AUTH_RESET_USER: user, FLOWG_AUTH_RESET_PASSWORD: PASSWORD });

const loginStatus = async (username: string, password: string) =>
  (await server.request('POST', '/api/v1/auth/login', { json: { username, password } })).status;

const whoami = (token: string) => server.request('GET', '/api/v1/auth/whoami', { token });

describe('FLOWG_AUTH_RESET_USER', () => {
  it('gives a user the password, and nothing else: roles, tokens and logins stay', async () => {
    const root = await server.login();
    const alice = await server.createUser(root, 'alice', ['read_streams']);
    const token = await server.createToken(alice);

    server = await reset('alice');
    expect(server.log).toMatch(
      /the user "alice" has a new password, that of FLOWG_AUTH_RESET_PASSWORD: remove both/,
    );
    expect(server.log).not.toContain(PASSWORD);
    expect(await loginStatus('alice', 'alice-password')).toBe(401);
    const { body } = await whoami(await server.login('alice', PASSWORD));
    expect(body.user).toEqual({ name: 'alice', roles: ['alice-role'] });
    for (const credential of [alice, token]) expect((await whoami(credential)).status).toBe(200);
    await server.login('root', 'root');
  });

  it('does it again at each start, where somebody has changed the password since, and else nothing', async () => {
    server = await reset('root');
    const token = await server.login('root', PASSWORD);
    server = await reset('root');
    expect(server.log).toMatch(
      /the user "root" has the password of FLOWG_AUTH_RESET_PASSWORD already: remove both/,
    );
    const json = { old_password: PASSWORD, new_password: 'another' };
    await server.ok('POST', '/api/v1/auth/change-password', { token, json });
    server = await reset('root');
    expect(server.log).toContain('has a new password');
    expect(await loginStatus('root', 'another')).toBe(401);
    await server.login('root', PASSWORD);
  });

  it('makes a user who is not there an administrator, with the role if that is gone too', async () => {
    const root = await server.login();
    const operator = await server.createUser(root, 'operator', ['write_acls']);
    await server.ok('DELETE', '/api/v1/roles/admin', { token: operator });
    await server.ok('DELETE', '/api/v1/users/root', { token: operator });

    server = await reset('saviour');
    expect(server.log).toMatch(
      /the user "saviour" was not there: made with the role admin and the password of/,
    );
    expect(server.log).not.toContain(PASSWORD);
    const { body } = await whoami(await server.login('saviour', PASSWORD));
    expect(body.user.roles).toEqual(['admin']);
    expect(body.permissions).toMatchObject({
      can_edit_acls: true,
      can_edit_streams: true,
      can_send_logs: true,
    });
    expect((await whoami(operator)).status).toBe(200);
  });

  it('does not bring back a role as it was where there still is one', async () => {
    const root = await server.login();
    await server.ok('PUT', '/api/v1/roles/admin', { token: root, json: { scopes: ['write_acls'] } });
    server = await reset('saviour');
    const { body } = await whoami(await server.login('saviour', PASSWORD));
    expect(body.permissions).toMatchObject({ can_edit_acls: true, can_edit_streams: false });
  });
});

it('an initial user that is also the one to reset has the password of the reset', async () => {
  const fresh = await TestServer.start({
    env: {
      FLOWG_HTTP_BIND_ADDRESS: '0.0.0.0:0',
      FLOWG_AUTH_RESET_USER: 'root',
      FLOWG_AUTH_RESET_PASSWORD: PASSWORD,
    },
  });
  expect(fresh.log).not.toContain('The password of the initial user');
  expect(fresh.log).not.toContain(PASSWORD);
  await fresh.login('root', PASSWORD);
  await fresh.stop();
});
