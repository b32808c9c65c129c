import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../support/test-server.js';

/** So that a purge of a stream fails inside the server. */
const FAILING_PURGE = { FLOWG_TEST_FAILPOINTS: 'purge.chunk=error:EIO' };

const LOGS = '/api/v1/pipelines/default/logs';
const MADE = /^[0-9a-f]{12}-[0-9a-z]+$/;

describe('the id of a request', () => {
  let server: TestServer;
  let token: string;

  beforeAll(async () => {
    server = await TestServer.start({ env: { FLOWG_VERBOSE: 'true', ...FAILING_PURGE } });
    token = await server.createToken(await server.login());
    // The lane takes requests of a token that it has seen.
    await server.ok('GET', '/api/v1/auth/whoami', { token });
  });
  afterAll(() => server.stop());

  it('is made for each, by the framework, the lane and what refuses', async () => {
    const ask = async (method: string, path: string, json?: unknown) => {
      const { headers } = await server.request(method, path, { token, json });
      return headers.get('x-request-id')!;
    };
    const ids = [
      await ask('GET', '/api/v1/auth/whoami'),
      await ask('POST', LOGS, { record: {} }),
      await ask('POST', LOGS, { record: 5 }),
      await ask('POST', '/api/v1/users'),
      await ask('GET', '/nothing'),
      await ask('GET', '/api/docs'),
    ];
    for (const id of ids) expect(id).toMatch(MADE);
    expect(new Set(ids).size).toBe(ids.length);
    const [before] = ids[0]!.split('-');
    server = await server.restarted();
    expect((await ask('GET', '/api/docs')).split('-')[0], 'after a restart').not.toBe(before);
  });

  it.each([
    ['X-Request-Id', 'shop_7.web:81-a', true],
    ['X-Correlation-Id', 'x'.repeat(128), true],
    ['X-Request-Id', 'x'.repeat(129), false],
    ['X-Request-Id', '', false],
    ['X-Request-Id', 'two words', false],
    ['X-Request-Id', 'a="b"', false],
    ['X-Request-Id', '<script>', false],
  ])('is taken from %s where it is fit: %j', async (header, given, isTaken) => {
    const paths: [string, string, unknown][] = [
      ['GET', '/api/v1/tokens', undefined],
      ['POST', LOGS, { record: {} }],
    ];
    for (const [method, path, json] of paths) {
      const { headers } = await server.request(method, path, { token, json, headers: { [header]: given } });
      const id = headers.get('x-request-id')!;
      if (isTaken) expect(id).toBe(given);
      else expect(id).toMatch(MADE);
      await server.waitFor(
        new RegExp(`${path} status=200 milliseconds=\\S+ address=127.0.0.1 requestId=${id}\n`),
      );
    }
  });

  it('is what a failure of the server is told and logged by', async () => {
    await server.ok('POST', LOGS, { token, json: { record: { message: 'x' } } });
    const { status, headers, body } = await server.request('DELETE', '/api/v1/streams/default', { token });
    const id = headers.get('x-request-id');
    expect(status).toBe(500);
    expect(id).toMatch(MADE);
    expect(body).toEqual({
      status: 'INTERNAL',
      error: `internal: the server failed; its log has the cause under ${id}`,
    });
    await server.waitFor(
      new RegExp(`ERROR \\[Problem\\] internal error requestId=${id}\nError: failpoint purge.chunk`),
    );
  });
});

describe('FLOWG_LOG_FORMAT=json', () => {
  it('makes every line an object, its facts properties of their own', async () => {
    const server = await TestServer.start({
      env: {
        FLOWG_LOG_FORMAT: 'json',
        FLOWG_VERBOSE: 'true',
        FLOWG_HTTP_BIND_ADRESS: 'a typing error',
        ...FAILING_PURGE,
      },
    });
    const token = await server.login();
    await server.ok('POST', LOGS, { token, json: { record: { message: 'x' } } });
    const headers = { 'X-Request-Id': 'of-the-test' };
    await server.request('DELETE', '/api/v1/streams/default', { token, headers });
    await server.waitFor(/"message":"DELETE \/api\/v1\/streams\/default"/);

    await server.stop();

    const lines = server.log.split('\n').filter(Boolean);
    const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const entry of entries)
      expect(entry).toMatchObject({
        level: expect.any(String),
        timestamp: expect.any(Number),
        context: expect.any(String),
        message: expect.any(String),
      });
    expect(entries).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        context: 'Settings',
        message: 'FLOWG_HTTP_BIND_ADRESS is not a setting of this server',
      }),
    );
    expect(entries).toContainEqual(
      expect.objectContaining({
        level: 'debug',
        context: 'Access',
        message: 'DELETE /api/v1/streams/default',
        status: 500,
        milliseconds: expect.any(Number),
        address: '127.0.0.1',
        requestId: 'of-the-test',
      }),
    );
    expect(entries).toContainEqual(
      expect.objectContaining({
        level: 'error',
        context: 'Problem',
        message: 'internal error',
        requestId: 'of-the-test',
        stack: expect.stringMatching(/^Error: failpoint purge\.chunk/),
      }),
    );
  });
});
