import { createSocket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { alertNode, PipelineClient, source } from '../pipelines/pipeline-client.js';
import { download, upload } from '../support/backup-client.js';
import { metricValue } from '../support/metrics.js';
import { TestServer } from '../support/test-server.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

let folder: string;
let server: TestServer;
let client: PipelineClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowg-queues-'));
  const held = `restore.writes-held=sleep:3000@${join(folder, 'held')}`;
  server = await TestServer.start({ env: { FLOWG_TEST_FAILPOINTS: held } });
  client = new PipelineClient(server, await server.login());
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** While writes are held. */
const SOON = { timeout: 2500 };

async function value(name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
  return metricValue(await (await fetch(`${server.managementUrl}/metrics`)).text(), name, labels);
}

it('writes and syslog messages that wait are counted, and it ends when they are done', async () => {
  const depths = async () => ({
    writes: await value('flowg_database_write_queue_depth', { database: 'logs' }),
    others: await value('flowg_database_write_queue_depth', { database: 'auth' }),
    syslog: await value('flowg_syslog_queue_depth'),
  });
  const { bytes } = await download(server, client.token!, 'logs');
  expect(await depths()).toEqual({ writes: 0, others: 0, syslog: 0 });
  const restore = upload(server, client.token!, 'logs', bytes);
  await expect.poll(() => existsSync(join(folder, 'held')), SOON).toBe(true);

  const streams = ['a', 'b', 'c'].map((name) => client.ok('PUT', `streams/${name}`, { config: {} }));
  await expect.poll(depths, SOON).toEqual({ writes: 3, others: 0, syslog: 0 });
  await sendSyslog('the first is under way');
  await expect.poll(depths, SOON).toEqual({ writes: 4, others: 0, syslog: 0 });
  await sendSyslog('one', 'two', 'three', 'four', 'five');
  await expect.poll(depths, SOON).toEqual({ writes: 4, others: 0, syslog: 5 });

  expect((await restore).status).toBe(200);
  await Promise.all(streams);
  await expect.poll(depths, SOON).toEqual({ writes: 0, others: 0, syslog: 0 });
});

it('alerts that wait are counted by alert, until they are delivered', async () => {
  const hook = await WebhookReceiver.start();
  try {
    hook.answer(503);
    await client.saveAlert('on-call', hook.url);
    await client.savePipeline('shop', [source(), alertNode('on-call')], 'in > on-call');
    for (let n = 0; n < 3; n++) await client.ingest('shop', {});
    const waiting = () => value('flowg_alert_deliveries_waiting', { alert: 'on-call' });
    await expect.poll(waiting, { timeout: 5000 }).toBe(3);
    hook.answer(204);
    await expect.poll(waiting, { timeout: 20_000 }).toBeUndefined();
    expect(await value('flowg_alert_deliveries_total', { alert: 'on-call', outcome: 'delivered' })).toBe(3);
  } finally {
    await hook.stop();
  }
});

async function sendSyslog(...messages: string[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const message of messages)
    await new Promise((sent) => socket.send(`<1>${message}`, server.syslogPort, '127.0.0.1', sent));
  socket.close();
}
