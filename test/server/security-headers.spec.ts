import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../support/test-server.js';

const LOGS = '/api/v1/pipelines/default/logs';
const JSON_TYPE = { 'Content-Type': 'application/json' };

let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await TestServer.start({ env: { FLOWG_HTTP_BODY_LIMIT_MB: '1' } });
  token = await server.createToken(await server.login());
});
afterAll(() => server.stop());

/** Of every kind of answer one: [status, method, path, as whom, body]. */
const ANSWERS: [number, string, string, 'root' | 'nobody', string?][] = [
  [200, 'GET', '/api/docs', 'nobody'],
  [200, 'GET', '/api/docs/openapi.json', 'nobody'],
  [200, 'GET', '/api/v1/users', 'root'],
  [200, 'GET', '/api/v1/backup/auth', 'root'],
  [200, 'GET', '/api/v1/backup', 'root'],
  [200, 'POST', LOGS, 'root', '{"record": {"from": "the lane"}}'],
  [400, 'POST', LOGS, 'root', '{"record": '],
  [400, 'POST', '/api/v1/auth/login', 'nobody', '{"username": 1}'],
  [401, 'GET', '/api/v1/users', 'nobody'],
  [401, 'POST', LOGS, 'nobody', '{"record": {}}'],
  [404, 'GET', '/nowhere', 'nobody'],
  [404, 'GET', '/api/docs/nowhere', 'nobody'],
  [404, 'POST', '/api/v1/pipelines/none/logs', 'root', '{"record": {}}'],
  [405, 'OPTIONS', LOGS, 'nobody'],
  [413, 'PUT', '/api/v1/transformers/large', 'root', JSON.stringify({ script: 'x'.repeat(2 ** 21) })],
];

describe('every answer', () => {
  it.each(ANSWERS)(
    '%i of %s %s (%s) says what a browser may do with it',
    async (status, method, path, who, body) => {
      const answer = await server.fetch(method, path, {
        ...(who === 'root' && { token }),
        ...(body !== undefined && { body, headers: JSON_TYPE }),
      });
      await answer.arrayBuffer();
      expect(answer.status).toBe(status);
      expectNoPage(answer.headers);
      expect(answer.headers.get('content-security-policy')).toContain("object-src 'none'");
    },
  );

  it.each([
    [200, '/health'],
    [200, '/ready'],
    [200, '/metrics'],
    [404, '/nowhere'],
  ])('%i of %s on the management port does as well', async (status, path) => {
    const answer = await fetch(server.managementUrl + path);
    expect(answer.status).toBe(status);
    expectNoPage(answer.headers);
  });
});

function expectNoPage(headers: Headers): void {
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toMatch(/default-src '(self|none)'/);
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  const told = [...headers.keys()].filter((name) =>
    /^(x-powered-by|server|set-cookie|access-control-.*)$/.test(name),
  );
  expect(told).toEqual([]);
}
