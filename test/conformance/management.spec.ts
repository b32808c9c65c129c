import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.js';

/** Section 6, "Management listener": for machines, without a token. */

const api = new Api();
beforeAll(() => api.start());
afterAll(() => api.stop());

async function ask(path: string, method = 'GET') {
  const response = await fetch(api.server.managementUrl + path, { method });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}
const metrics = async () => (await ask('/metrics')).text.split('\n');

describe('/health and /ready', () => {
  const TEXT = 'text/plain; charset=utf-8';

  it.each(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'])('%s /health', async (method) => {
    expect(await ask('/health', method)).toEqual({ status: 200, type: TEXT, text: 'OK\r\n' });
  });

  it('HEAD /health', async () => {
    expect(await ask('/health', 'HEAD')).toEqual({ status: 200, type: TEXT, text: '' });
  });

  it('/ready', async () => {
    expect(await ask('/ready')).toEqual({ status: 200, type: TEXT, text: 'OK\r\n' });
  });

  it.each(['/', '/health/', '/cluster/nodes', '/api/v1/roles'])('nothing at %s', async (path) => {
    expect(await ask(path)).toEqual({ status: 404, type: TEXT, text: '404 page not found\n' });
  });
});

describe('/metrics', () => {
  it('is Prometheus text', async () => {
    const { status, type } = await ask('/metrics');
    expect([status, type]).toEqual([200, expect.stringMatching(/^text\/plain; version=0\.0\.4\b/)]);
  });

  it('counts logs by stream and by pipeline, under the names of the reference', async () => {
    const logs = '/api/v1/pipelines/default/logs';
    await api.ok('POST', logs, { record: { a: 'b' } });
    await api.ok('POST', `${logs}/struct`, { records: [{}, {}] });
    await api.ok('PUT', '/api/v1/transformers/fails', { script: 'abort' });
    const nodes = [
      { id: 'in', type: 'source' },
      { id: 't', type: 'transform', data: { transformer: 'fails' } },
    ];
    const flow = { nodes, edges: [{ id: 'e', source: 'in', target: 't' }] };
    await api.ok('PUT', '/api/v1/pipelines/failing', { flow });
    const path = '/api/v1/pipelines/failing/logs';
    expect((await api.ask({ method: 'POST', path, json: { record: {} } })).status).toBe(400);
    expect(await metrics()).toEqual(
      expect.arrayContaining([
        '# HELP flowg_stream_log_total Total number of log messages ingested in a stream',
        '# TYPE flowg_stream_log_total counter',
        'flowg_stream_log_total{stream="default"} 3',
        '# TYPE flowg_pipeline_log_total counter',
        'flowg_pipeline_log_total{pipeline="default",status="success"} 3',
        'flowg_pipeline_log_total{pipeline="failing",status="error"} 1',
      ]),
    );
  });

  it('counts nothing of a pipeline that is absent', async () => {
    const path = '/api/v1/pipelines/absent/logs';
    expect((await api.ask({ method: 'POST', path, json: {} })).status).toBe(404);
    expect((await metrics()).filter((line) => line.includes('absent'))).toEqual([]);
  });

  it('has the standard ones of a process', async () => {
    const names = ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'process_open_fds'];
    const lines = await metrics();
    for (const name of names)
      expect(
        lines.some((line) => line.startsWith(`${name} `)),
        name,
      ).toBe(true);
  });
});
