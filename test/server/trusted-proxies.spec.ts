import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../support/test-server.js';

let server: TestServer;

const start = async (proxies?: string) => {
  const env: Record<string, string> = { FLOWG_VERBOSE: 'true' };
  if (proxies !== undefined) env.FLOWG_TRUSTED_PROXIES = proxies;
  server = await TestServer.start({ env });
};

/** Statuses of eleven wrong logins, each of which names another client. */
async function guesses(): Promise<number[]> {
  const statuses: number[] = [];
  for (let n = 1; n <= 11; n++) {
    const json = { username: 'root', password: 'wrong' };
    const headers = { 'X-Forwarded-For': `192.0.2.${n}` };
    statuses.push((await server.request('POST', '/api/v1/auth/login', { json, headers })).status);
  }
  return statuses;
}

const failures = (count: number) => Array<number>(count).fill(401);

describe.each([
  ['by default', undefined],
  ['where others are trusted', '10.0.0.0/8,2001:db8::/32'],
])('a forged X-Forwarded-For, %s', (_when, proxies) => {
  afterEach(() => server.stop());

  it('changes nothing: not the throttle, not the log, not the catalogue', async () => {
    await start(proxies);
    const token = await server.login();
    const headers = { 'X-Forwarded-For': '192.0.2.77' };
    await server.ok('GET', '/api/v1/users', { token, headers });
    await server.waitFor(/GET \/api\/v1\/users status=200 \S+ address=127\.0\.0\.1 /);
    await server.request('GET', '/api/v1/backup/auth', { token, headers });
    const { backups } = await server.ok('GET', '/api/v1/backups', { token });
    expect(backups[0].address).toBe('127.0.0.1');
    expect(server.log).not.toContain('192.0.2.77');
    expect(await guesses()).toEqual([...failures(10), 429]);
  });
});

describe('the X-Forwarded-For of a trusted proxy', () => {
  let token: string;

  beforeAll(async () => {
    await start('127.0.0.1, 10.0.0.0/8');
    token = await server.createToken(await server.login());
  });
  afterAll(() => server.stop());

  it('counts for the throttle: each client has its own guesses', async () => {
    expect(await guesses()).toEqual(failures(11));
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    // The client wrote the first itself; the proxy added the second.
    ['198.51.100.9, 192.0.2.1', '192.0.2.1'],
    // Two proxies of ours, one behind the other.
    ['198.51.100.9, 192.0.2.1, 10.1.2.3', '192.0.2.1'],
    ['10.1.2.3', '10.1.2.3'],
    ['nonsense', '127.0.0.1'],
    ['nonsense, 10.1.2.3', '10.1.2.3'],
    ['192.0.2.1, nonsense', '127.0.0.1'],
    ['192.0.2.1:4711', '127.0.0.1'],
    ['', '127.0.0.1'],
  ])('%j means the client %s, in the access log and the catalogue', async (header, client) => {
    const { headers } = await server.request('GET', '/api/v1/backup/auth', {
      token,
      headers: { 'X-Forwarded-For': header },
    });
    const { backups } = await server.ok('GET', '/api/v1/backups', { token });
    expect(backups[0].address).toBe(client);
    await server.waitFor(
      new RegExp(
        `GET /api/v1/backup/auth status=200 \\S+ address=${client.replaceAll('.', '\\.')} ` +
          `requestId=${headers.get('x-request-id')}$`,
        'm',
      ),
    );
  });

  it('means the same in the lane', async () => {
    for (const [type, client] of [
      ['application/json', '192.0.2.1'],
      ['application/json; charset=utf-8', '192.0.2.2'],
    ] as const) {
      const headers = { 'Content-Type': type, 'X-Forwarded-For': `198.51.100.9, ${client}` };
      await server.ok('POST', '/api/v1/pipelines/default/logs', { token, headers, json: { record: {} } });
      await server.waitFor(
        new RegExp(`POST /api/v1/pipelines/default/logs status=200 \\S+ address=${client} `),
      );
    }
  });
});
