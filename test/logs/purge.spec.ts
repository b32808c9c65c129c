import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';
import { TestServer } from '../support/test-server.js';
import { LogsClient } from './logs-client.js';

let server: TestServer;
let logs: LogsClient;

async function start(failpoints = ''): Promise<void> {
  const env = { FLOWG_TEST_FAILPOINTS: failpoints };
  server = server ? await server.restarted(env) : await TestServer.start({ env });
  logs = new LogsClient(server, await server.login());
}

beforeAll(() => start());
afterAll(async () => {
  await server.stop();
  await rm(server.dataDir, { recursive: true, force: true });
});

const names = async () => Object.keys((await logs.ok('GET', 'streams')).streams);

/** What the file itself says, whether a server runs on it or not. */
async function rowsOnDisk(): Promise<Record<'detached' | 'entries' | 'counted' | 'fields', number>> {
  const connection = await SqliteConnection.open(join(server.dataDir, 'logs', '0001.db'), 'readwrite');
  const [row] = await connection.all<Awaited<ReturnType<typeof rowsOnDisk>>>(
    `SELECT (SELECT count(*) FROM stream WHERE name IS NULL) AS detached,
       (SELECT count(*) FROM entry) AS entries,
       (SELECT sum(entry_count) FROM stream) AS counted,
       (SELECT count(*) FROM stream_field) AS fields`,
  );
  await connection.close();
  return row!;
}

describe('purge', () => {
  it('removes a stream and nothing else, and is fine where there is none', async () => {
    await Promise.all(['a', 'a:b', 'A'].map((name) => logs.route(name, name)));
    for (const name of ['a', 'a:b', 'A']) await logs.ingest(name, { of: name });
    await logs.ok('PUT', 'streams/a', { config: { ttl: 5, size: 5, indexed_fields: ['of'] } });
    const { status, text } = await logs.request('DELETE', 'streams/a');
    expect([status, text]).toEqual([200, '{"success":true}\n']);
    expect(await names()).toEqual(['A', 'a:b']);
    expect(await logs.records('a')).toEqual([]);
    expect((await logs.ok('GET', 'streams/a/fields')).fields).toEqual([]);
    expect(await logs.records('a:b')).toHaveLength(1);
    expect(await logs.ok('DELETE', 'streams/a')).toEqual({ success: true });

    await logs.ingest('a', { again: 'yes' });
    expect((await logs.records('a')).map(({ fields }) => fields)).toEqual([{ again: 'yes' }]);
    const { config } = await logs.ok('GET', 'streams/a');
    expect(config).toEqual({ ttl: 0, size: 0, indexed_fields: [] });
  });

  it('takes its time without stalling others: the stream is gone at once, ingest goes on meanwhile', async () => {
    await logs.fill('big', 30_000);
    await logs.route('other', 'other');
    const progress = { purged: false };
    const purge = logs.ok('DELETE', 'streams/big').then(() => (progress.purged = true));
    let duringPurge = 0;
    let slowest = 0;
    const refilled = logs.ingest('fill-big', { n: 'new' });
    while (!progress.purged) {
      const started = performance.now();
      await logs.ingest('other', { n: String(duringPurge) });
      slowest = Math.max(slowest, performance.now() - started);
      if (!progress.purged) duringPurge++;
    }
    await Promise.all([purge, refilled]);
    expect(duringPurge).toBeGreaterThanOrEqual(3);
    expect(slowest).toBeLessThan(1000);
    expect((await logs.records('other')).length).toBeGreaterThanOrEqual(duringPurge);
    const left = await logs.records('big');
    expect([0, 100]).toContain(left.length);
    expect(left.every(({ fields }) => fields.n === 'new')).toBe(true);
  });

  it('is ended by the next start after kill -9', async () => {
    for (const stream of await names()) await logs.ok('DELETE', `streams/${stream}`);
    await start('purge.chunk=kill');
    await logs.fill('big', 5000);
    await logs.route('kept', 'kept');
    await logs.ingest('kept', { a: 'b' });
    await expect(logs.request('DELETE', 'streams/big')).rejects.toThrow();
    await server.ended();
    const left = await rowsOnDisk();
    expect(left).toMatchObject({ detached: 1, counted: left.entries, fields: 2 });
    expect(left.entries).toBeGreaterThan(1);
    expect(left.entries).toBeLessThan(5001);

    await start();
    expect(await names()).toEqual(['kept']);
    for (let tries = 0; tries < 200; tries++) {
      if ((await rowsOnDisk()).detached === 0) break;
      await new Promise((done) => setTimeout(done, 20));
    }
    expect(await rowsOnDisk()).toEqual({ detached: 0, entries: 1, counted: 1, fields: 1 });
    expect(await logs.records('kept')).toHaveLength(1);
  });
});
