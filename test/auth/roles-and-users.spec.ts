import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OFFERED_ROLES } from '#src/auth/initial-roles.js';
import { TestServer } from '../support/test-server.js';

let server: TestServer;
let admin: string;

beforeAll(async () => {
  server = await TestServer.start();
  admin = await server.login();
});
afterAll(() => server.stop());

const AWKWARD_NAMES = ['a/b', '%', 'a%2Fb', ':', 'x:y', '日本', ' ', 'a?b#c', 'é'.repeat(127)];

function put(path: string, json: unknown) {
  return server.request('PUT', path, { token: admin, json });
}

async function roleOf(name: string) {
  const { roles } = await server.ok('GET', '/api/v1/roles', { token: admin });
  return roles.find((role: { name: string }) => role.name === name);
}

async function userOf(name: string) {
  const { users } = await server.ok('GET', '/api/v1/users', { token: admin });
  return users.find((user: { name: string }) => user.name === name);
}

describe('roles', () => {
  it('are there from the start, sorted by name', async () => {
    await put('/api/v1/roles/b', {});
    await put('/api/v1/roles/B', { scopes: null });
    const answer = await server.request('GET', '/api/v1/roles', { token: admin });
    const scopes = 'send_logs write_acls write_alerts write_pipelines write_streams write_transformers'.split(
      ' ',
    );
    expect(answer.body).toEqual({
      success: true,
      roles: [
        { name: 'B', scopes: [] },
        { name: 'admin', scopes },
        { name: 'b', scopes: [] },
        ...OFFERED_ROLES,
      ],
    });
    expect(answer.text).toMatch(/^\{"success":true,"roles":\[\{"name":"B","scopes":\[\]\},/);
  });

  it('have their scopes replaced, duplicates collapsed', async () => {
    const answer = await put('/api/v1/roles/r', { scopes: ['send_logs', 'read_acls', 'send_logs'] });
    expect(answer.text).toBe('{"success":true}\n');
    expect(await roleOf('r')).toEqual({ name: 'r', scopes: ['read_acls', 'send_logs'] });
    await put('/api/v1/roles/r', { scopes: ['read_streams'] });
    expect(await roleOf('r')).toEqual({ name: 'r', scopes: ['read_streams'] });
  });

  it('are left as they were by an unknown scope', async () => {
    await put('/api/v1/roles/kept', { scopes: ['read_streams'] });
    const answer = await put('/api/v1/roles/kept', { scopes: ['send_logs', 'foo', 'bar'] });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      status: 'INVALID_ARGUMENT',
      error: 'invalid argument: invalid scope: foo',
    });
    expect(await roleOf('kept')).toEqual({ name: 'kept', scopes: ['read_streams'] });
    expect((await put('/api/v1/roles/new', { scopes: ['toString'] })).status).toBe(400);
    expect(await roleOf('new')).toBeUndefined();
  });

  it.each([{ scopes: 'send_logs' }, { scopes: [1] }, { scopes: [null] }, { scopes: {} }])(
    'cannot be %j',
    async (json) => {
      const answer = await put('/api/v1/roles/bad', json);
      expect(answer.status).toBe(400);
      expect(answer.body.error).toMatch(/^invalid argument: scopes/);
    },
  );

  it('are deleted, again and again; users keep the name', async () => {
    const token = await server.createUser(admin, 'holder', ['read_acls']);
    for (let n = 0; n < 2; n++) {
      const answer = await server.request('DELETE', '/api/v1/roles/holder-role', { token: admin });
      expect(answer.text).toBe('{"success":true}\n');
    }
    expect(await userOf('holder')).toEqual({ name: 'holder', roles: ['holder-role'] });
    expect((await server.request('GET', '/api/v1/users', { token })).status).toBe(403);
    await put('/api/v1/roles/holder-role', { scopes: ['read_acls'] });
    expect((await server.request('GET', '/api/v1/users', { token })).status).toBe(200);
  });
});

describe('users', () => {
  it('are there from the start, sorted by name, without anything secret', async () => {
    await put('/api/v1/users/zoe', { password: 'x', roles: ['z', 'a', 'z'] });
    await put('/api/v1/users/Zed', { password: 'x' });
    const answer = await server.request('GET', '/api/v1/users', { token: admin });
    expect(Object.keys(answer.body)).toEqual(['success', 'users']);
    const names = answer.body.users.map(({ name }: { name: string }) => name);
    expect(names).toEqual(names.toSorted());
    expect(answer.text).toContain('{"name":"Zed","roles":[]}');
    expect(answer.text).toContain('{"name":"zoe","roles":["a","z"]}');
    expect(answer.text).not.toContain('argon');
  });

  it('are overwritten: roles and password; tokens stay', async () => {
    await put('/api/v1/users/bob', { roles: ['one'], password: 'first' });
    const pat = await server.createToken(await server.login('bob', 'first'));
    expect((await put('/api/v1/users/bob', { roles: ['two'], password: 'second' })).status).toBe(200);
    expect(await userOf('bob')).toEqual({ name: 'bob', roles: ['two'] });
    await server.login('bob', 'second');
    await server.ok('GET', '/api/v1/auth/whoami', { token: pat });
    const old = { username: 'bob', password: 'first' };
    expect((await server.request('POST', '/api/v1/auth/login', { json: old })).status).toBe(401);
  });

  it.each([
    [{ roles: [] }, 'password: at least 1 character is needed'],
    [{ password: '' }, 'password: at least 1 character is needed'],
    [{ password: null }, 'password: at least 1 character is needed'],
    [{ password: 5 }, 'password: at least 1 character is needed'],
    [null, 'password: at least 1 character is needed'],
    [{ password: 'x', roles: [''] }, 'roles.0: at least 1 character is needed'],
    [{ password: 'x', roles: ['a\0'] }, 'roles.0: without NUL characters'],
    [{ password: 'x', roles: Array.from({ length: 1001 }, (_, n) => `${n}`) }, 'roles: at most 1000'],
  ])('cannot be %j', async (json, text) => {
    const answer = await put('/api/v1/users/bad', json);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ status: 'INVALID_ARGUMENT', error: `invalid argument: ${text}` });
    expect(await userOf('bad')).toBeUndefined();
  });

  it('are deleted, again and again, with their logins and tokens', async () => {
    const jwt = await server.createUser(admin, 'gone', ['read_acls']);
    const pat = await server.createToken(jwt);
    for (let n = 0; n < 2; n++) {
      const answer = await server.request('DELETE', '/api/v1/users/gone', { token: admin });
      expect(answer.text).toBe('{"success":true}\n');
    }
    for (const token of [jwt, pat]) {
      const answer = await server.request('GET', '/api/v1/users', { token });
      expect(answer.status).toBe(401);
      expect(answer.body.error).toBe('unauthenticated: invalid token');
    }
    // A user of the same name is somebody new: the token must not come back to life.
    await put('/api/v1/users/gone', { password: 'x' });
    expect((await server.request('GET', '/api/v1/users', { token: pat })).status).toBe(401);
  });
});

describe.each(['roles', 'users'])('names of %s', (kind) => {
  it.each(AWKWARD_NAMES)('may be %j', async (name) => {
    const path = `/api/v1/${kind}/${encodeURIComponent(name)}`;
    expect((await put(path, { password: 'x' })).status).toBe(200);
    const listed = await server.ok('GET', `/api/v1/${kind}`, { token: admin });
    expect(listed[kind].map((one: { name: string }) => one.name)).toContain(name);
    expect((await server.request('DELETE', path, { token: admin })).status).toBe(200);
  });

  it.each([
    ['a%00b', 'without NUL characters'],
    ['x'.repeat(256), 'at most 255 bytes in UTF-8'],
  ])('cannot be %s', async (name, text) => {
    for (const method of ['PUT', 'DELETE']) {
      const json = method === 'PUT' ? { password: 'x' } : undefined;
      const answer = await server.request(method, `/api/v1/${kind}/${name}`, { token: admin, json });
      expect(answer.status).toBe(400);
      expect(answer.body.context).toEqual({ [`path:${kind.slice(0, -1)}`]: [text] });
    }
  });
});
