import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { download, ingest, upload } from '../support/backup-client.js';
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
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(0);
  });
});
