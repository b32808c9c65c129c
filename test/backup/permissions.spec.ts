import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Permission, PERMISSION_NAMES } from '#src/auth/permissions.js';
import { forgeJwt, inSeconds, SECRET_KEY } from '../auth/forged-jwt.js';
import { download, NAMES } from '../support/backup-client.js';
import { hasProgram } from '../support/programs.js';
import { RawRequest, UPLOAD_FORM } from '../support/raw-request.js';
import { TestServer } from '../support/test-server.js';
import { downloadAll } from '../support/whole-backup.js';

/** Word for word what was asked for; of the whole server all of it together. */
const ROUTES: [method: 'GET' | 'POST', path: string, needed: Permission[]][] = [
  [
    'GET',
    '/api/v1/backup',
    ['read_acls', 'read_pipelines', 'read_transformers', 'read_alerts', 'read_streams'],
  ],
  [
    'POST',
    '/api/v1/restore',
    ['write_acls', 'write_pipelines', 'write_transformers', 'write_alerts', 'write_streams'],
  ],
  ['GET', '/api/v1/backup/auth', ['read_acls']],
  ['GET', '/api/v1/backup/config', ['read_pipelines', 'read_transformers', 'read_alerts']],
  ['GET', '/api/v1/backup/logs', ['read_streams']],
  ['POST', '/api/v1/restore/auth', ['write_acls']],
  ['POST', '/api/v1/restore/config', ['write_pipelines', 'write_transformers', 'write_alerts']],
  ['POST', '/api/v1/restore/logs', ['write_streams']],
];

let server: TestServer;
let root: string;
const backups: Record<string, Buffer> = {};
const tokens = new Map<string, { jwt: string; pat: string }>();

beforeAll(async () => {
  server = await TestServer.start({ env: { FLOWG_SECRET_KEY: SECRET_KEY } });
  root = await server.createToken(await server.login());
  for (const [, , needed] of ROUTES) {
    await makeCaller(needed);
    for (const missing of needed) await makeCaller(allBut(missing));
  }
  // After the last caller, so that a restore of auth takes nobody away.
  for (const name of NAMES) backups[name] = (await download(server, root, name)).bytes;
  backups.restore = (await downloadAll(server, root)).bytes;
});
afterAll(() => server.stop());

async function makeCaller(permissions: Permission[]): Promise<void> {
  if (tokens.has(permissions.join())) return;
  const jwt = await server.createUser(root, `caller-${tokens.size}`, permissions);
  tokens.set(permissions.join(), { jwt, pat: await server.createToken(jwt) });
}

/** Whoever lacks `read_x` lacks `write_x`, which implies it. */
function allBut(missing: Permission): Permission[] {
  const twin = missing.replace('read_', 'write_');
  return PERMISSION_NAMES.filter((one) => one !== missing && one !== twin);
}

function send(method: string, path: string, token?: string, headers?: Record<string, string>) {
  const name = path.split('/').at(-1)!;
  if (method === 'GET') return server.request(method, path, { token, headers });
  const body = new FormData();
  body.append('backup', new Blob([backups[name]!]), `${name}.db`);
  return server.request(method, path, { token, headers, body });
}

describe.each(ROUTES)('%s %s', (method, path, needed) => {
  it('is for nobody without a token that is valid', async () => {
    const pat = `pat_${'x'.repeat(32)}`;
    const expired = forgeJwt({ claims: { exp: inSeconds(-10) } });
    const unknown = forgeJwt({ claims: { sub: 'nobody' } });
    for (const authorization of [
      undefined,
      `Bearer jwt:${expired}`,
      `Bearer jwt:${unknown}`,
      'Bearer jwt:garbage',
      `Bearer pat:${pat}`,
      'Bearer pat:garbage',
      'Bearer garbage',
      'Basic cm9vdDpyb290',
    ]) {
      const headers = authorization ? { Authorization: authorization } : undefined;
      const answer = await send(method, path, undefined, headers);
      expect(answer.status, authorization).toBe(401);
      expect(answer.body.status).toBe('UNAUTHENTICATED');
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="flowg"');
    }
  });

  it.each(needed)('is not for somebody who lacks %s alone', async (missing) => {
    const { jwt, pat } = tokens.get(allBut(missing).join())!;
    for (const token of [jwt, pat]) {
      const answer = await send(method, path, token);
      expect(answer.status).toBe(403);
      expect(answer.body).toEqual({ status: 'PERMISSION_DENIED', error: 'permission denied' });
    }
  });

  it('is for somebody with exactly what it needs', async () => {
    const { jwt, pat } = tokens.get(needed.join())!;
    for (const token of [jwt, pat]) {
      const answer = await send(method, path, token);
      expect(answer.status, answer.text.slice(0, 200)).toBe(200);
      if (method === 'GET') expect(answer.text.slice(0, 13)).toMatch(/^(SQLite format|manifest\.json)/);
      else expect(answer.body.success).toBe(true);
    }
  });
});

describe('before the body of an upload is read', () => {
  const GIBIBYTE = 1024 ** 3;

  function announce(path: string, token?: string): RawRequest {
    return RawRequest.send(
      server,
      `POST ${path} HTTP/1.1`,
      ...(token ? [`Authorization: Bearer ${token.startsWith('pat_') ? 'pat' : 'jwt'}:${token}`] : []),
      `Content-Type: ${UPLOAD_FORM.type}`,
      `Content-Length: ${GIBIBYTE}`,
      'Expect: 100-continue',
    );
  }

  it.each(ROUTES.filter(([method]) => method === 'POST'))(
    'the answer is 401 or 403: %s %s',
    async (_m, path, needed) => {
      const { jwt, pat } = tokens.get(allBut(needed[0]!).join())!;
      for (const [token, status] of [
        [undefined, 401],
        [jwt, 403],
        [pat, 403],
      ] as const) {
        const answer = await announce(path, token).closed;
        expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
        expect(answer).not.toContain('100 Continue');
      }
    },
  );

  it('the one who may is told to go on', async () => {
    const request = announce('/api/v1/restore/auth', root);
    await request.waitFor(/^HTTP\/1.1 100 Continue\r\n\r\n$/);
    request.socket.destroy();
  });

  it.skipIf(!hasProgram('curl'))('curl sends next to nothing of a large file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flowg-sparse-'));
    const file = await open(join(folder, 'large.db'), 'w');
    await file.truncate(200 * 1024 * 1024);
    await file.close();
    const { jwt } = tokens.get(allBut('write_acls').join())!;
    const started = Date.now();
    const options = {
      'write-out': '%{http_code} %{size_upload}',
      output: '/dev/null',
      header: `Authorization: Bearer jwt:${jwt}`,
      form: `backup=@${folder}/large.db`,
      url: `${server.url}/api/v1/restore/auth`,
    };
    const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    const { stdout } = await promisify(execFile)('curl', ['--silent', ...words]);
    const [status, uploaded] = stdout.split(' ').map(Number);
    expect(status).toBe(403);
    expect(uploaded).toBeLessThan(1024 * 1024);
    expect(Date.now() - started).toBeLessThan(5000);
    await rm(folder, { recursive: true });
  });
});

describe('the catalogue', () => {
  it('has the refusal of somebody who is known', async () => {
    const { jwt } = tokens.get(allBut('write_streams').join())!;
    const { user } = await server.ok('GET', '/api/v1/auth/whoami', { token: jwt });
    await send('POST', '/api/v1/restore/logs', jwt);
    const newest = async () =>
      (await server.ok('GET', '/api/v1/restores?limit=1', { token: root })).restores[0];
    await expect
      .poll(newest)
      .toMatchObject({ database: 'logs', outcome: 'refused', user: user.name, error: 'permission denied' });
  });

  it.each(['backup', 'restore'] as const)('of every %s shows only what one may do oneself', async (kind) => {
    const listOf = async (token: string) => {
      const answer = await server.ok('GET', `/api/v1/${kind}s?limit=1000`, { token });
      return answer[`${kind}s`] as { id: string; database: string }[];
    };
    const all = await listOf(root);
    for (const [, path, needed] of ROUTES.filter(([, route]) => route.includes(`/${kind}/`))) {
      const name = path.split('/').at(-1)!;
      const { jwt, pat } = tokens.get(needed.join())!;
      const mine = all.filter(({ database }) => database === name);
      const foreign = all.find(({ database }) => database !== name)!;
      expect(mine.length, name).toBeGreaterThan(0);
      expect(await listOf(jwt)).toEqual(mine);
      expect(await listOf(pat)).toEqual(mine);
      const get = (id: string) => server.request('GET', `/api/v1/${kind}s/${id}`, { token: jwt });
      expect((await get(mine[0]!.id)).body[kind]).toEqual(mine[0]);
      for (const id of [foreign.id, randomUUID()]) {
        const answer = await get(id);
        expect(answer.status).toBe(404);
        expect(answer.body.error).toBe(
          `not found: there is no ${kind} ${id}; GET /api/v1/${kind}s lists them`,
        );
      }
    }
  });

  it('shows nothing to somebody who may do nothing', async () => {
    const token = await server.createUser(root, 'sender', ['send_logs']);
    expect(await server.ok('GET', '/api/v1/backups', { token })).toEqual({ success: true, backups: [] });
    expect(await server.ok('GET', '/api/v1/restores', { token })).toEqual({ success: true, restores: [] });
  });
});
