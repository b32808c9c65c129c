import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { download, ingest, upload } from '../support/backup-client.js';
import { walBytes } from '../support/live-state.js';
import { metricValue } from '../support/metrics.js';
import { TestServer } from '../support/test-server.js';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

async function ask(path: string, method = 'GET') {
  const response = await fetch(server.managementUrl + path, { method });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

describe('the management port', () => {
  it.each(['/health', '/ready'])('%s', async (path) => {
    expect(await ask(path)).toEqual({ status: 200, type: 'text/plain; charset=utf-8', text: 'OK\r\n' });
  });

  it.each(['/', '/healthz', '/metrics/', '/api/docs', '/api/v1/users', '//', '/%zz', '//['])(
    'has nothing at %s',
    async (path) => {
      expect(await ask(path)).toMatchObject({ status: 404, text: '404 page not found\n' });
    },
  );

  it('counts what was done', async () => {
    const token = await server.login();
    await ingest(server, token, 7);
    await server.request('POST', '/api/v1/pipelines/nothing/logs', { token, json: { record: {} } });
    const { bytes } = await download(server, token, 'logs');
    await download(server, token, 'auth');
    await upload(server, token, 'logs', bytes);
    await upload(server, token, 'logs', 'no database');

    const { text, type } = await ask('/metrics');
    expect(type).toContain('text/plain');
    const value = (name: string, labels?: Record<string, string>) => metricValue(text, name, labels);
    expect(value('flowg_stream_log_total', { stream: 'default' })).toBe(7);
    expect(value('flowg_pipeline_log_total', { pipeline: 'default', status: 'success' })).toBe(7);
    const runs = (kind: string, database: string, outcome: string) =>
      value('flowg_backup_runs_total', { kind, database, outcome });
    expect(runs('backup', 'logs', 'succeeded')).toBe(1);
    expect(runs('backup', 'auth', 'succeeded')).toBe(1);
    expect(runs('restore', 'logs', 'succeeded')).toBe(1);
    expect(runs('restore', 'logs', 'refused')).toBe(1);
    expect(value('flowg_backup_bytes_total', { kind: 'backup', database: 'logs' })).toBe(bytes.length);
    expect(value('flowg_backup_duration_seconds_count', { kind: 'backup', database: 'logs' })).toBe(1);
    const success = value('flowg_backup_last_success_timestamp_seconds', {
      kind: 'restore',
      database: 'logs',
    })!;
    expect(Math.abs(success - Date.now() / 1000)).toBeLessThan(60);
    for (const database of ['auth', 'config', 'logs', 'backup']) {
      expect(value('flowg_database_wal_bytes', { database }), database).toBeGreaterThanOrEqual(0);
    }
    expect(value('flowg_database_generation', { database: 'logs' })).toBe(2);
    expect(value('flowg_database_pinned_snapshots', { database: 'logs' })).toBe(0);
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(0);
  });

  it('counts requests by route, whichever way they came and however they ended', async () => {
    const before = await counted();
    const token = await server.login();
    const path = '/api/v1/pipelines/default/logs';
    await ingest(server, token, 3);
    await server.request('POST', path, { token, body: '{', headers: { 'Content-Type': 'application/json' } });
    await server.request('POST', path, { json: { record: {} } });
    await server.request('POST', `${path}?by=the-framework`, { token, json: { record: { message: 'x' } } });
    await server.request('GET', '/nothing/here', { token });
    const route = '/api/v1/pipelines/:pipeline/logs';
    await expect
      .poll(async () => {
        const now = await counted();
        const more = (method: string, of: string, status: string) =>
          (now('flowg_http_requests_total', { method, route: of, status }) ?? 0) -
          (before('flowg_http_requests_total', { method, route: of, status }) ?? 0);
        return {
          stored: more('POST', route, '200'),
          refused: more('POST', route, '400'),
          unknown: more('POST', route, '401'),
          nowhere: more('GET', 'none', '404'),
          logins: more('POST', '/api/v1/auth/login', '200'),
        };
      })
      .toEqual({ stored: 4, refused: 1, unknown: 1, nowhere: 1, logins: 1 });
    const now = await counted();
    const timed = (at: typeof now) =>
      at('flowg_http_request_duration_seconds_count', { method: 'POST', route }) ?? 0;
    expect(timed(now) - timed(before)).toBe(6);
  });

  it('tells of a snapshot that is held, and of a request that was cut', async () => {
    const token = await server.login();
    const before = await counted();
    await ingest(server, token, 10, 'x'.repeat(3_000_000));
    const leave = new AbortController();
    const response = await fetch(`${server.url}/api/v1/backup/logs`, {
      headers: { Authorization: `Bearer jwt:${token}` },
      signal: leave.signal,
    });
    expect(response.status).toBe(200);
    const pinned = async () => (await counted())('flowg_database_pinned_snapshots', { database: 'logs' });
    expect(await pinned()).toBe(1);

    const wal = async () => (await counted())('flowg_database_wal_bytes', { database: 'logs' })!;
    const small = await wal();
    await ingest(server, token, 2, 'x'.repeat(3_000_000));
    const grown = await wal();
    expect(grown - small, 'while it is held').toBeGreaterThan(6_000_000);
    expect(grown).toBe(await walBytes(server.dataDir, 'logs'));

    leave.abort();
    await expect.poll(pinned).toBe(0);
    const labels = { method: 'GET', route: '/api/v1/backup/logs', status: 'cut' };
    const cut = async () => (await counted())('flowg_http_requests_total', labels) ?? 0;
    await expect.poll(cut).toBe((before('flowg_http_requests_total', labels) ?? 0) + 1);
  });

  async function counted() {
    const { text } = await ask('/metrics');
    return (name: string, labels?: Record<string, string>) => metricValue(text, name, labels);
  }
});
