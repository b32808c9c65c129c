import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { NAMES, upload } from '../support/backup-client.js';
import { PROJECT_ROOT, TestServer } from '../support/test-server.js';
import { ALWAYS, LogsClient } from '../logs/logs-client.js';

/** Backups that servers of earlier schema versions made. They are never made anew. */
const FIXTURES = join(PROJECT_ROOT, 'test', 'fixtures', 'schema-1');

const servers: TestServer[] = [];
const folders: string[] = [];
afterAll(async () => {
  for (const server of servers) await server.stop();
  for (const folder of folders) await rm(folder, { recursive: true });
});

/** A fresh server on which the three backups are restored. */
async function restored(): Promise<TestServer> {
  const server = await TestServer.start();
  servers.push(server);
  for (const name of ['logs', 'config', 'auth'] as const) {
    const { status, text } = await upload(
      server,
      await server.login(),
      name,
      await readFile(join(FIXTURES, `${name}.db`)),
    );
    expect(status, text).toBe(200);
  }
  return server;
}

/** A server that is started on data that an earlier one left. */
async function started(): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'flowg-older-'));
  folders.push(dataDir);
  for (const name of NAMES) {
    await mkdir(join(dataDir, name));
    await copyFile(join(FIXTURES, `${name}.db`), join(dataDir, name, '0001.db'));
  }
  await writeFile(join(dataDir, 'current.json'), '{"version":1,"live":{"auth":1,"config":1,"logs":1}}');
  const server = await TestServer.start({ dataDir });
  servers.push(server);
  return server;
}

describe.each([
  ['restored on this server', restored],
  ['found by it at its start', started],
])('data of schema version 1, %s', (_how, begin) => {
  it('are all there, with what is new about them', async () => {
    const server = await begin();
    const logs = new LogsClient(server, await server.login());
    const records = await logs.records('default');
    expect(records.map(({ fields }) => Number(fields.n))).toEqual(
      Array.from({ length: 30 }, (_, n) => 29 - n),
    );
    expect((await logs.records('other')).map(({ fields }) => Object.entries(fields))).toEqual([
      [
        ['message', 'é🙂'],
        ['nul', '\0'],
        ['__proto__', 'x'],
      ],
    ]);
    const bytes = records.reduce(
      (sum, { fields }) => sum + Buffer.byteLength(JSON.stringify(fields)) + 64,
      0,
    );
    expect((await logs.ok('GET', 'streams/default/usage')).usage).toBe(bytes);

    const indexes = async () => (await logs.ok('GET', 'streams/default/indexes')).indexes;
    while (!(await indexes()).every(({ ready }: { ready: boolean }) => ready)) await sleep(20);
    expect((await indexes()).map(({ field }: { field: string }) => field)).toEqual(['app', 'odd "name"']);
    const filter = encodeURIComponent('app = "app1" and $env["odd \\"name\\""] = "1"');
    const found = await logs.records('default', `${ALWAYS}&filter=${filter}`);
    expect(found.map(({ fields }) => Number(fields.n))).toEqual([25, 19, 13, 7, 1]);

    await logs.ingest('default', { n: '30', app: 'app1' });
    expect((await logs.records('default'))[0]!.fields.n).toBe('30');
  });

  it('keep what could be saved then and cannot run: it says so when it is used', async () => {
    const server = servers.at(-1)!;
    const logs = new LogsClient(server, await server.login());
    expect((await logs.ok('GET', 'transformers/broken')).script).toBe('not VRL at all (');
    expect((await logs.ok('GET', 'pipelines/half')).flow.nodes).toHaveLength(2);
    const { status, body } = await logs.request('POST', 'pipelines/half/logs', { record: {} });
    expect([status, body.status]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(body.context).toEqual({
      'edge:f': ['there is no node "nowhere"'],
      'node:t': ['transformer "gone" does not exist'],
    });
    const again = await logs.request('PUT', 'pipelines/half', {
      flow: (await logs.ok('GET', 'pipelines/half')).flow,
    });
    expect(again.status).toBe(400);
    await logs.ok('DELETE', 'pipelines/half');
  });
});
