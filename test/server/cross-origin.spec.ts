import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, TestServer } from '../support/test-server.js';

const PAGE = 'https://logs.example.org';
const LOGS = '/api/v1/pipelines/default/logs';

let server: TestServer;
let token: string;
const start = (env: Record<string, string>) => async () => {
  server = await TestServer.start({ env });
  token = await server.createToken(await server.login());
};

function preflight(Origin: string, path = LOGS): Promise<Answer> {
  const headers = {
    Origin,
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'authorization,content-type',
  };
  return server.request('OPTIONS', path, { headers });
}

/** A log that the lane would take from anybody but a page. */
const send = (Origin: string) =>
  server.request('POST', LOGS, { token, headers: { Origin }, json: { record: { message: 'from a page' } } });

function corsHeaders({ headers }: Answer): string[] {
  return [...headers.keys()].filter((name) => name.startsWith('access-control-'));
}

describe('pages of other origins', () => {
  beforeAll(start({}));
  afterAll(() => server.stop());

  it('may not use the API by default', async () => {
    const asked = await preflight(PAGE);
    expect(asked.status).toBe(405);
    expect(corsHeaders(asked)).toEqual([]);
    expect(corsHeaders(await send(PAGE))).toEqual([]);
  });
});

describe('FLOWG_HTTP_CORS_ORIGINS', () => {
  beforeAll(start({ FLOWG_HTTP_CORS_ORIGINS: `${PAGE}, http://localhost:3000` }));
  afterAll(() => server.stop());

  it.each([PAGE, 'http://localhost:3000'])('lets %s ask first, without a token', async (origin) => {
    const { status, headers } = await preflight(origin);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(headers.get('access-control-allow-methods')).toBe('GET,POST,PUT,DELETE');
    expect(headers.get('access-control-allow-headers')).toContain('Authorization,Content-Type');
    expect(headers.get('access-control-max-age')).toBe('600');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    expect(headers.get('vary')).toContain('Origin');
  });

  it('lets it read answers and refusals, those of hot routes too', async () => {
    await server.ok('GET', '/api/v1/auth/whoami', { token });
    const sent = await send(PAGE);
    const refused = await server.request('GET', '/api/v1/users', { headers: { Origin: PAGE } });
    expect([sent.status, refused.status]).toEqual([200, 401]);
    for (const { headers } of [sent, refused]) {
      expect(headers.get('access-control-allow-origin')).toBe(PAGE);
      expect(headers.get('access-control-expose-headers')).toContain('X-Backup-Id');
      expect(headers.get('access-control-allow-credentials')).toBeNull();
    }
  });

  it.each([
    'https://logs.example.org.evil.example',
    'http://logs.example.org',
    'https://logs.example.org:8443',
    'https://LOGS.example.org',
    'null',
  ])('is nothing to %s', async (origin) => {
    const asked = await preflight(origin);
    expect(asked.status).toBe(405);
    for (const answer of [asked, await send(origin)]) expect(corsHeaders(answer)).toEqual([]);
  });

  it('is nothing to who is no page', async () => {
    const { status, headers } = await server.request('POST', LOGS, { token, json: { record: {} } });
    expect(status).toBe(200);
    expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    expect((await server.request('OPTIONS', LOGS)).status).toBe(405);
  });
});
