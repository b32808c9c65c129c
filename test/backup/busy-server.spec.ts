import { createSocket } from 'node:dgram';
import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';
import { EventStream } from '../logs/event-stream.js';
import { alertNode, PipelineClient, router, source, transform, when } from '../pipelines/pipeline-client.js';
import { digestOf, download, upload } from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

/** Everything that a server does at the same time, and a backup in the middle of it. */

let server: TestServer;
let other: TestServer;
let hook: WebhookReceiver;

beforeAll(async () => {
  [server, other, hook] = await Promise.all([
    TestServer.start(),
    TestServer.start(),
    WebhookReceiver.start(),
  ]);
});
afterAll(async () => {
  await Promise.all([server.stop(), other.stop(), hook.stop()]);
});

async function prepare(client: PipelineClient): Promise<void> {
  await client.saveTransformer('json', '. = parse_json!(.message)\n.seen = "yes"');
  await client.saveAlert('hook', hook.url);
  await client.savePipeline(
    'p',
    [
      source(),
      source('sys', 'syslog'),
      transform('json'),
      when('errors', 'level == "error" && message matches "^n [0-9]*7$"'),
      ...['all', 'aged', 'sized', 'errors', 'syslog'].map((stream) => router(`to-${stream}`, stream)),
      alertNode('w', 'hook'),
    ],
    'in > json > to-all',
    'json > to-aged',
    'json > to-sized',
    'json > errors > to-errors',
    'errors > w',
    'sys > to-syslog',
  );
  await client.ok('PUT', 'streams/aged', { config: { ttl: 86_400 } });
  await client.ok('PUT', 'streams/sized', { config: { size: 1, indexed_fields: ['level'] } });
}

/** The same file after what is over the size of a stream has been removed, which a server does when it gets to it. */
async function withoutHidden(bytes: Buffer): Promise<Buffer> {
  const file = join(tmpdir(), `flowg-busy-${randomUUID()}.db`);
  await writeFile(file, bytes);
  const connection = await SqliteConnection.open(file, 'readwrite');
  await connection.exec(`
    DELETE FROM entry WHERE id IN (
      SELECT entry.id FROM entry JOIN stream ON stream.id = entry.stream_id
      WHERE (entry.timestamp_ms, entry.id) <= (stream.floor_ms, stream.floor_id));
    UPDATE stream SET floor_ms = NULL, floor_id = NULL, entry_bytes = entry_bytes - hidden_bytes, hidden_bytes = 0,
      entry_count = (SELECT count(*) FROM entry WHERE entry.stream_id = stream.id);`);
  await connection.close();
  const rest = await readFile(file);
  await rm(file);
  return rest;
}

async function upkeepIsDone(dataDir: string): Promise<void> {
  const { live } = JSON.parse(await readFile(join(dataDir, 'current.json'), 'utf8'));
  for (;;) {
    const file = join(dataDir, 'logs', `${String(live.logs).padStart(4, '0')}.db`);
    const connection = await SqliteConnection.open(file, 'readonly');
    const [row] = await connection.all<{ n: number }>(
      `SELECT (SELECT count(*) FROM stream WHERE floor_ms IS NOT NULL OR name IS NULL)
         + (SELECT count(*) FROM stream_index WHERE field IS NULL OR until_id IS NOT NULL) AS n`,
    );
    await connection.close();
    if (row!.n === 0) return;
    await sleep(50);
  }
}

it('a backup taken meanwhile is the state of one instant, and everything runs where it is restored', async () => {
  const token = await server.login();
  const client = new PipelineClient(server, token);
  await prepare(client);

  let n = 0;
  let sent = 0;
  let going = true;
  const acknowledged: number[] = [];
  const senders = Array.from({ length: 4 }, async () => {
    while (going) {
      const numbers = Array.from({ length: 20 }, () => n++);
      const records = numbers.map((one) => ({
        message: JSON.stringify({
          n: one,
          message: `n ${one}`,
          level: one % 3 ? 'info' : 'error',
          x: 'x'.repeat(300),
        }),
      }));
      const { status, text } = await client.struct('p', records);
      if (status !== 200) throw new Error(text);
      acknowledged.push(...numbers);
    }
  });
  const udp = createSocket('udp4');
  const syslog = (async () => {
    while (going) {
      await new Promise((done) =>
        udp.send(`<13>Nov 24 09:30:00 host shop: ${sent++}`, server.syslogPort, '127.0.0.1', done),
      );
      await sleep(2);
    }
  })();
  const watch = await EventStream.open(server, '/api/v1/streams/errors/logs/watch', { token });
  const configuring = (async () => {
    for (let turn = 0; going; turn++) {
      const indexed_fields = turn % 2 ? ['n', 'level'] : ['message'];
      await client.ok('PUT', 'streams/all', { config: { indexed_fields } });
      await client.ok(
        'GET',
        `streams/all/logs?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&limit=10&filter=level%3D%22error%22`,
      );
      await sleep(100);
    }
  })();

  while (acknowledged.length < 6000) await sleep(20);
  const before = new Set(acknowledged);
  const [config, logs] = [await download(server, token, 'config'), await download(server, token, 'logs')];
  const attempted = n;
  await sleep(200);
  going = false;
  await Promise.all([...senders, syslog, configuring]);
  udp.close();

  const there = new PipelineClient(other, await other.login());
  for (const [name, { bytes }] of [
    ['logs', logs],
    ['config', config],
  ] as const) {
    const answer = await upload(other, there.token!, name, bytes);
    expect(answer.status, answer.text).toBe(200);
  }
  await upkeepIsDone(other.dataDir);
  const again = await download(other, there.token!, 'logs');
  expect(await digestOf(again.bytes)).toBe(await digestOf(await withoutHidden(logs.bytes)));
  expect(await digestOf((await download(other, there.token!, 'config')).bytes)).toBe(
    await digestOf(config.bytes),
  );

  const stored = (await there.records('all')).map(({ fields }) => Number(fields.n));
  const present = new Set(stored);
  expect(present.size).toBe(stored.length);
  expect(
    [...before].filter((one) => !present.has(one)),
    'acknowledged before the backup and not in it',
  ).toEqual([]);
  expect(stored.every((one) => one < attempted)).toBe(true);
  // All or nothing also in a backup: what is in one stream is in each.
  expect(new Set((await there.records('aged')).map(({ fields }) => Number(fields.n)))).toEqual(present);
  const errors = new Set(stored.filter((one) => one % 3 === 0 && one % 10 === 7));
  expect(new Set((await there.records('errors')).map(({ fields }) => Number(fields.n)))).toEqual(errors);
  expect((await there.ok('GET', 'streams/sized/usage')).usage).toBeLessThanOrEqual(1024 * 1024);
  const sized = (await there.stored('sized')).map(({ n: one }) => Number(one));
  expect(sized).toEqual((await there.stored('all')).map(({ n: one }) => Number(one)).slice(-sized.length));

  const calls = hook.calls.length;
  await there.ingest('p', { message: '{"n":7,"message":"n 7","level":"error"}' });
  const socket = createSocket('udp4');
  await new Promise((done) =>
    socket.send('<13>Nov 24 09:30:00 host shop: here', other.syslogPort, '127.0.0.1', done),
  );
  for (let tries = 0; tries < 100 && hook.calls.length === calls; tries++) await sleep(20);
  expect(hook.calls.length).toBeGreaterThan(calls);
  expect((await there.stored('errors')).at(-1)).toEqual({
    n: '7',
    message: 'n 7',
    level: 'error',
    seen: 'yes',
  });
  for (let tries = 0; tries < 100; tries++) {
    if ((await there.stored('syslog')).at(-1)?.content === 'here') break;
    await sleep(20);
  }
  expect((await there.stored('syslog')).at(-1)!.content).toBe('here');
  socket.close();
  expect(watch.records.length).toBeGreaterThan(0);
  watch.close();
  console.log(
    `in the backup: ${stored.length} of ${acknowledged.length} records; ${sent} syslog messages, ` +
      `${watch.records.length} watched, ${hook.calls.length} alerts`,
  );
}, 120_000);
