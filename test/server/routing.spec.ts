import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentedOperations, type Operation } from '../support/api-document.js';
import { RawRequest } from '../support/raw-request.js';
import { TestServer } from '../support/test-server.js';

let server: TestServer;
let token: string;
let operations: Operation[];
/** A place for backups, whose names are made of the names of schedules. */
let nas: string;

beforeAll(async () => {
  nas = await mkdtemp(join(tmpdir(), 'flowg-nas-'));
  const destinations = JSON.stringify({ nas: { type: 'folder', path: nas } });
  server = await TestServer.start({ env: { FLOWG_BACKUP_DESTINATIONS: destinations } });
  token = await server.login();
  operations = await documentedOperations(server);
});
afterAll(async () => {
  await server.stop();
  await rm(nas, { recursive: true });
});

interface RawAnswer {
  status: number;
  head: string;
  body: string;
}

/** Sends a path as it is: `fetch` would tidy it up. */
async function send(method: string, path: string, json?: unknown): Promise<RawAnswer> {
  const body = json === undefined ? '' : JSON.stringify(json);
  const request = RawRequest.send(
    server,
    `${method} ${path} HTTP/1.1`,
    `Authorization: Bearer jwt:${token}`,
    'Connection: close',
    ...(body ? ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`] : []),
  );
  request.socket.write(body);
  const [head, rest] = (await request.closed).split(/\r\n\r\n([^]*)/);
  return { status: Number(head!.split(' ')[1]), head: head!, body: rest ?? '' };
}

describe('a path that is not there', () => {
  it.each([
    '/',
    '/web/',
    '/api',
    '/api/v1',
    '/api/v1/nothing',
    '/api/v1/users/',
    '/api/v1/Users',
    '/api/v1/backup/auth/',
    '/api/v1/backup/backup',
    '/api/v1/restore/',
    '/api/v1//users',
    '//api/v1/users',
    '/api/docs/../v1/users',
    '/api/docs/..%2f..%2f..%2fpackage.json',
    '/api/docs/%zz',
    `/${'x'.repeat(10_000)}`,
  ])('%s', async (path) => {
    const answer = await send('GET', path);
    expect([answer.status, answer.body.slice(0, 100)]).toEqual([404, '404 page not found\n']);
    expect(answer.head).toMatch(/content-type: text\/plain/i);
  });

  it('is 404 for guests too', async () => {
    const answer = await server.request('POST', '/api/v1/nothing');
    expect([answer.status, answer.text]).toEqual([404, '404 page not found\n']);
  });
});

it('a method that a path has not is 405, with those that it has', async () => {
  const methodsOf = new Map<string, string[]>();
  for (const { method, path } of operations) methodsOf.set(path, [...(methodsOf.get(path) ?? []), method]);
  for (const [path, methods] of methodsOf) {
    const concrete = path.replace(/\{[^}]+\}/, 'x');
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      if (methods.includes(method)) continue;
      const answer = await send(method, concrete);
      expect([`${method} ${path}`, answer.status, answer.body]).toEqual([`${method} ${path}`, 405, '']);
      const allowed = /^allow: (.*)$/im.exec(answer.head)?.[1]!.split(', ');
      expect(new Set(allowed), path).toEqual(new Set(methods));
    }
  }
});

describe('a name in a path', () => {
  /** Sent as it stands, percent-encoded. Where a name is possible, what it is. */
  const NAMES: Record<string, string | undefined> = {
    '..%2F..%2F..%2Fescaped': '../../../escaped',
    '%2e%2e': '..',
    '%2Fetc%2Fpasswd': '/etc/passwd',
    'a%2Fb': 'a/b',
    '%25': '%',
    'a%00b': undefined,
    '%zz': undefined,
    '%ff': undefined,
    '%': undefined,
    [`x${'y'.repeat(10_000)}`]: undefined,
    '%F0%9F%98%80': '😀',
    __proto__: '__proto__',
    constructor: 'constructor',
    "'%20OR%201=1%20--": "' OR 1=1 --",
    'C:%5Cwindows': 'C:\\windows',
  };
  const BODIES: Record<string, unknown> = {
    save_role: { scopes: [] },
    save_user: { roles: [], password: 'p' },
    save_transformer: { script: '.' },
    save_pipeline: { flow: {} },
    save_alert: { webhook: {} },
    save_backup_schedule: { database: 'auth', cron: '0 3 1 1 *', destination: 'nas', keep: { last: 1 } },
    configure_stream: { config: {} },
    ingest_log: { record: {} },
    ingest_logs_struct: { records: [] },
    ingest_logs_otlp: {},
    test_pipeline: { records: [] },
    test_alert: { record: {} },
  };
  /** A script that has the name in it and compiles. */
  const scriptOf = (name: string) => `.name = ${JSON.stringify(name)}`;
  const QUERY = '?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z';

  it('is data or 400, on every route that has one, and never a file', async () => {
    const outside = await readdir(dirname(server.dataDir));
    // A watch never ends.
    const routes = operations.filter(
      ({ path, operationId }) => path.includes('{') && operationId !== 'watch_logs',
    );
    expect(routes.length).toBeGreaterThan(15);
    for (const { method, path, operationId } of routes) {
      for (const [encoded, name] of Object.entries(NAMES)) {
        const target = path.replace(/\{[^}]+\}/, () => encoded);
        const url = operationId === 'query_stream' ? target + QUERY : target;
        const { status, body } = await send(method, url, BODIES[operationId]);
        const what = `${method} ${url.slice(0, 100)}: ${body.slice(0, 200)}`;
        if (name === undefined || /\{(id|token-uuid)\}/.test(path)) expect(status, what).toBe(400);
        else expect([200, 404], what).toContain(status);
        if (status !== 200) {
          const complaint = JSON.parse(body);
          expect(complaint.status, what).toBe(status === 400 ? 'INVALID_ARGUMENT' : 'NOT_FOUND');
          expect(complaint.error, what).not.toContain(server.dataDir);
        }
      }
    }
    const files = await readdir(server.dataDir, { recursive: true });
    for (const file of files)
      expect(file).toMatch(
        /^(current\.json|secret\.?\w*|server\.(lock(-journal)?|pid)|(auth|config|logs|backup)(\/(0001\.db(-wal|-shm)?|server\.(lock(-journal)?|pid)))?)$/,
      );
    const appeared = (await readdir(dirname(server.dataDir))).filter((name) => !outside.includes(name));
    expect(appeared.filter((name) => /escaped|passwd/.test(name))).toEqual([]);
  });

  it('comes back as it went', async () => {
    for (const [encoded, name] of Object.entries(NAMES)) {
      if (name === undefined) continue;
      expect((await send('PUT', `/api/v1/transformers/${encoded}`, { script: scriptOf(name) })).status).toBe(
        200,
      );
      const { body } = await send('GET', `/api/v1/transformers/${encoded}`);
      // Read as Latin-1 on the wire.
      expect(JSON.parse(Buffer.from(body, 'latin1').toString())).toEqual({
        success: true,
        script: scriptOf(name),
      });
    }
    const { transformers } = await server.ok('GET', '/api/v1/transformers', { token });
    expect(transformers).toEqual(expect.arrayContaining(Object.values(NAMES).filter(Boolean) as string[]));
  });
});

it('a path that cannot be decoded is 400 in the form of an error, also for guests', async () => {
  const answer = await server.request('GET', '/api/v1/streams/%zz');
  expect(answer.status).toBe(400);
  expect(answer.body).toEqual({ status: 'INVALID_ARGUMENT', error: 'invalid argument: bad request' });
});
