import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../support/test-server.js';

let server: TestServer;
let admin: string;

beforeAll(async () => {
  server = await TestServer.start();
  admin = await server.login();
});
afterAll(() => server.stop());

const CREDENTIALS = { status: 'UNAUTHENTICATED', error: 'unauthenticated: invalid credentials' };

function login(json: unknown) {
  return server.request('POST', '/api/v1/auth/login', { json });
}

describe('login', () => {
  it('answers with a token', async () => {
    const answer = await login({ username: 'root', password: 'root', remember: 'me' });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ success: true, token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) });
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it.each([
    ['a wrong password', { username: 'root', password: 'wrong' }],
    ['an unknown user', { username: 'nobody', password: 'root' }],
    ['no password', { username: 'root' }],
    ['a null password', { username: 'root', password: null }],
    ['nothing', {}],
    ['null', null],
  ])('refuses %s, always in the same words', async (_what, json) => {
    const answer = await login(json);
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual(CREDENTIALS);
  });

  it.each([
    ['a number as password', { username: 'root', password: 7 }, /^invalid argument: password: /],
    ['an array', [], /^invalid argument: /],
  ])('refuses %s', async (_what, json, text) => {
    const answer = await login(json);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ status: 'INVALID_ARGUMENT', error: expect.stringMatching(text) });
  });
});

describe('whoami', () => {
  it('shows user, roles and permissions, in the order of the reference', async () => {
    const answer = await server.request('GET', '/api/v1/auth/whoami', { token: admin });
    const flags = ['pipelines', 'transformers', 'streams', 'alerts', 'acls'].flatMap((what) => [
      `"can_view_${what}":true,"can_edit_${what}":true`,
    ]);
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(
      '{"success":true,"user":{"name":"root","roles":["admin"]},' +
        `"permissions":{${flags.join(',')},"can_send_logs":true}}\n`,
    );
  });

  it('shows what a scope implies, and nothing for roles that do not exist', async () => {
    const token = await server.createUser(admin, 'writer', ['write_streams']);
    await server.ok('PUT', '/api/v1/users/ghost', { token: admin, json: { roles: ['no'], password: 'x' } });
    const writer = await server.ok('GET', '/api/v1/auth/whoami', { token });
    const ghost = await server.ok('GET', '/api/v1/auth/whoami', { token: await server.login('ghost', 'x') });
    expect(granted(writer.permissions)).toEqual(['can_view_streams', 'can_edit_streams']);
    expect(ghost.user).toEqual({ name: 'ghost', roles: ['no'] });
    expect(granted(ghost.permissions)).toEqual([]);
  });
});

describe('change-password', () => {
  const change = (token: string, json: unknown) =>
    server.request('POST', '/api/v1/auth/change-password', { token, json });

  it('changes it, and keeps roles, logins and tokens', async () => {
    const jwt = await server.createUser(admin, 'changer', ['read_streams']);
    const pat = await server.createToken(jwt);
    const answer = await change(pat, { old_password: 'changer-password', new_password: ' ' });
    expect(answer.status).toBe(200);
    expect(answer.text).toBe('{"success":true}\n');
    await server.login('changer', ' ');
    expect((await login({ username: 'changer', password: 'changer-password' })).status).toBe(401);
    for (const token of [jwt, pat]) {
      const { user } = await server.ok('GET', '/api/v1/auth/whoami', { token });
      expect(user).toEqual({ name: 'changer', roles: ['changer-role'] });
    }
  });

  it.each([{ old_password: 'wrong', new_password: 'new' }, { new_password: 'new' }])(
    'refuses %j with the words of the reference',
    async (json) => {
      const answer = await change(admin, json);
      expect(answer.status).toBe(403);
      expect(answer.body).toEqual({
        status: 'PERMISSION_DENIED',
        error: 'permission denied: invalid credentials',
      });
    },
  );

  it.each([
    { old_password: 'root', new_password: '' },
    { old_password: 'root' },
    { old_password: 'root', new_password: null },
  ])('refuses %j, which leaves no password', async (json) => {
    const answer = await change(admin, json);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toBe('invalid argument: new_password: at least 1 character is needed');
    await server.login();
  });

  it('lets only one of two changes at the same time happen', async () => {
    const token = await server.createUser(admin, 'racer', []);
    const answers = await Promise.all(
      ['one', 'two'].map((next) => change(token, { old_password: 'racer-password', new_password: next })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 403]);
  });
});

function granted(permissions: Record<string, boolean>): string[] {
  return Object.keys(permissions).filter((name) => permissions[name]);
}
