import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AuditLog } from '#src/audit/audit-log.js';
import { Logger } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Problem } from '#src/problems.js';
import { PermissionsGuard } from '#src/auth/permissions.guard.js';
import type { KnownCallers } from '#src/auth/known-callers.js';
import { TokenGuard } from '#src/auth/token.guard.js';
import { TestServer } from '../support/test-server.js';

let server: TestServer;
let admin: string;

beforeAll(async () => {
  server = await TestServer.start();
  admin = await server.login();
});
afterAll(() => server.stop());

describe('who may administer', () => {
  const callers: Record<string, string | undefined> = {};
  const ROUTES: [string, string, 'read' | 'write', unknown?][] = [
    ['GET', '/api/v1/roles', 'read'],
    ['PUT', '/api/v1/roles/r', 'write', {}],
    ['DELETE', '/api/v1/roles/r', 'write'],
    ['GET', '/api/v1/users', 'read'],
    ['PUT', '/api/v1/users/u', 'write', { password: 'x' }],
    ['DELETE', '/api/v1/users/u', 'write'],
  ];
  const others = [
    'read_streams',
    'write_streams',
    'write_pipelines',
    'write_transformers',
    'write_alerts',
    'send_logs',
  ];

  beforeAll(async () => {
    callers.everythingElse = await server.createUser(admin, 'everything-else', others);
    callers.reader = await server.createUser(admin, 'acl-reader', ['read_acls']);
    callers.writer = await server.createUser(admin, 'acl-writer', ['write_acls']);
    callers.writerPat = await server.createToken(callers.writer);
  });

  it.each(ROUTES)('%s %s', async (method, path, needs, json) => {
    const expected = {
      guest: 401,
      everythingElse: 403,
      reader: needs === 'read' ? 200 : 403,
      writer: 200,
      writerPat: 200,
    };
    for (const [name, status] of Object.entries(expected)) {
      const answer = await server.request(method, path, { token: callers[name], json });
      expect([name, answer.status]).toEqual([name, status]);
      if (status === 403)
        expect(answer.body).toEqual({ status: 'PERMISSION_DENIED', error: 'permission denied' });
    }
  });

  it('is asked before the body is judged', async () => {
    const token = callers.everythingElse!;
    const answer = await server.request('PUT', '/api/v1/users/u', { token, json: { password: 7 } });
    expect(answer.status).toBe(403);
  });
});

it('a changed role counts from the next request on, for JWT and PAT', async () => {
  const jwt = await server.createUser(admin, 'moody', []);
  const tokens = [jwt, await server.createToken(jwt)];
  const statuses = () =>
    Promise.all(
      tokens.map(async (token) => (await server.request('GET', '/api/v1/users', { token })).status),
    );
  const setScopes = (scopes: string[]) =>
    server.ok('PUT', '/api/v1/roles/moody-role', { token: admin, json: { scopes } });
  expect(await statuses()).toEqual([403, 403]);
  await setScopes(['write_acls']);
  expect(await statuses()).toEqual([200, 200]);
  await setScopes([]);
  expect(await statuses()).toEqual([403, 403]);
});

describe('a route that declares no access', () => {
  class Forgetful {
    secret() {}
  }

  function contextWith(request: object) {
    return {
      getHandler: () => Forgetful.prototype.secret,
      getClass: () => Forgetful,
      switchToHttp: () => ({ getRequest: () => request }),
    } as any;
  }

  it('is refused to somebody with every permission, and logged', () => {
    const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const everything = { has: () => true };
    const record = vi.fn();
    const guard = new PermissionsGuard(new Reflector(), { record } as unknown as AuditLog);
    const use = () => guard.canActivate(contextWith({ user: { permissions: everything } }));
    expect(use).toThrow(new Problem('PERMISSION_DENIED', 'permission denied'));
    expect(record).toHaveBeenCalledWith('secret', 'denied', expect.anything());
    expect(logged).toHaveBeenCalledWith(expect.stringContaining('Forgetful.secret'));
    logged.mockRestore();
  });

  it('is not public: without a token nobody even gets that far', async () => {
    const use = new TokenGuard(new Reflector(), {} as KnownCallers).canActivate(
      contextWith({ headers: {}, query: {} }),
    );
    await expect(use).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});
