import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { alertNode, PipelineClient, router, source } from '../pipelines/pipeline-client.js';
import { download, upload } from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const QUICK = { FLOWG_ALERT_CONNECT_TIMEOUT_SECONDS: '1', FLOWG_ALERT_TIMEOUT_SECONDS: '1' };

let server: TestServer;
let client: PipelineClient;
let hook: WebhookReceiver;

beforeAll(async () => {
  server = await TestServer.start({ env: QUICK });
  client = new PipelineClient(server, await server.login());
});
afterAll(() => server.stop());
beforeEach(async () => void (hook = await WebhookReceiver.start()));
afterEach(() => hook.stop());

/** An alert of its own and a pipeline that stores and alerts. */
async function alert(name: string, url = hook.url, headers = {}, own = client): Promise<void> {
  await own.saveAlert(name, url, headers);
  await own.savePipeline(name, [source(), router(name), alertNode('w', name)], 'in > w', `in > ${name}`);
}

interface Delivery {
  id: string;
  state: string;
  log_timestamp: string;
  attempts: number;
  next_attempt_at: string | null;
  ended_at: string | null;
  status: number | null;
  error: string | null;
}

const deliveries = async (name: string, own = client): Promise<Delivery[]> =>
  (await own.ok('GET', `alerts/${encodeURIComponent(name)}/deliveries`)).deliveries;

async function ended(name: string, count: number, own = client): Promise<Delivery[]> {
  for (let tries = 0; tries < 400; tries++) {
    const all = await deliveries(name, own);
    if (all.filter(({ ended_at }) => ended_at !== null).length >= count) return all;
    await sleep(25);
  }
  throw new Error(`not ended: ${JSON.stringify(await deliveries(name, own))}`);
}

async function metric(line: RegExp, own = server): Promise<number> {
  const text = await (await fetch(`${own.managementUrl}/metrics`)).text();
  return Number(line.exec(text)?.[1] ?? 0);
}

describe('an alert', () => {
  it('posts the log as JSON, with the headers of the webhook', async () => {
    await alert('plain', `${hook.url}?key=1`, { 'X-Key': 'secret', 'User-Agent': 'mine' });
    await client.ingest('plain', { message: 'é🙂', __proto__: 'x', nul: '\0' });
    await hook.until(1);
    const [call] = hook.calls;
    const [stored] = await client.records('plain');
    expect([call!.method, call!.path]).toEqual(['POST', '/hook?key=1']);
    expect(call!.headers).toMatchObject({
      'content-type': 'application/json',
      'x-key': 'secret',
      'user-agent': 'mine',
    });
    expect(JSON.parse(call!.body)).toEqual(stored);
    expect(Object.keys(JSON.parse(call!.body))).toEqual(['timestamp', 'fields']);
    const [delivery] = await ended('plain', 1);
    expect(delivery).toMatchObject({
      id: call!.headers['x-flowg-delivery-id'],
      state: 'delivered',
      log_timestamp: stored!.timestamp,
      attempts: 1,
      next_attempt_at: null,
      status: 204,
      error: null,
    });
    expect(await metric(/flowg_alert_deliveries_total\{alert="plain",outcome="delivered"\} (\d+)/)).toBe(1);
  });

  it('has the content type that is configured, in any spelling', async () => {
    await alert('typed', hook.url, { 'CONTENT-type': 'text/x-own' });
    await client.ingest('typed', {});
    await hook.until(1);
    expect(hook.calls[0]!.headers['content-type']).toBe('text/x-own');
  });

  it('is sent after the answer, and holds nobody when it hangs', async () => {
    hook.behaviour = () => undefined;
    await alert('hangs');
    const started = Date.now();
    await client.ingest('hangs', { n: '1' });
    expect(Date.now() - started).toBeLessThan(900);
    const other = await WebhookReceiver.start();
    await alert('lively', other.url);
    for (let n = 0; n < 20; n++) await client.ingest('hangs', { n: String(n) });
    await client.ingest('lively', {});
    await other.until(1, 3);
    await other.stop();
    await sleep(1500);
    const [oldest] = (await deliveries('hangs')).toReversed();
    expect(oldest).toMatchObject({ state: 'waiting', error: 'no answer within 1 seconds' });
    expect(oldest!.attempts).toBeGreaterThan(0);
    await client.ok('DELETE', 'alerts/hangs');
  });

  it('is tried again after 5xx, ever later, with the same id, until it goes well', async () => {
    let failures = 2;
    hook.behaviour = (_call, response) => void response.writeHead(failures-- > 0 ? 503 : 200).end();
    await alert('later');
    await client.ingest('later', { n: '1' });
    await hook.until(1);
    const [waiting] = await deliveries('later');
    expect(waiting!.state).toBe('waiting');
    const [delivery] = await ended('later', 1);
    expect(delivery).toMatchObject({ state: 'delivered', attempts: 3, status: 200, error: null });
    const ids = hook.calls.map(({ headers }) => headers['x-flowg-delivery-id']);
    expect(new Set(ids)).toEqual(new Set([delivery!.id]));
    const [first, second, third] = hook.calls.map(({ atMs }) => atMs) as [number, number, number];
    expect(second - first).toBeGreaterThanOrEqual(950);
    expect(third - second).toBeGreaterThanOrEqual(1900);
    expect(await metric(/flowg_alert_deliveries_total\{alert="later",outcome="retried"\} (\d+)/)).toBe(2);
  });

  it.each([
    ['refused', 403, 'unexpected status code: 403'],
    ['moved', 302, 'unexpected status code: 302 (redirects are not followed)'],
  ])('that is %s fails for good', async (name, status, error) => {
    const elsewhere = await WebhookReceiver.start();
    hook.answer(status, { Location: elsewhere.url });
    await alert(name);
    await client.ingest(name, {});
    expect(await ended(name, 1)).toMatchObject([{ state: 'failed', attempts: 1, status, error }]);
    expect(elsewhere.calls).toEqual([]);
    await elsewhere.stop();
    expect(await metric(new RegExp(`alert="${name}",outcome="failed"} (\\d+)`))).toBe(1);
  });

  it.each([
    ['', /^Invalid URL/],
    ['ftp://example.com/', /^the URL must begin with http:\/\/ or https:\/\/$/],
    ['not a URL', /^Invalid URL/],
  ])('of the URL %j fails for good', async (url, error) => {
    const name = `url-${url.length}`;
    await alert(name, url);
    await client.ingest(name, {});
    expect(await ended(name, 1)).toMatchObject([
      { state: 'failed', attempts: 1, status: null, error: expect.stringMatching(error) },
    ]);
  });

  it('whose headers cannot be sent fails for good', async () => {
    await alert('headers', hook.url, { 'bad header': 'x' });
    await client.ingest('headers', {});
    expect(await ended('headers', 1)).toMatchObject([
      { state: 'failed', attempts: 1, error: expect.stringMatching(/header/i) },
    ]);
  });

  it('that is deleted before it is delivered fails for good', async () => {
    hook.answer(500);
    await alert('deleted');
    await client.ingest('deleted', {});
    await hook.until(1);
    await client.ok('DELETE', 'alerts/deleted');
    const [delivery] = await ended('deleted', 1);
    expect(delivery).toMatchObject({ state: 'failed', error: 'the alert does not exist any more' });
  });

  it('uses what is saved now, not what was saved when the log came', async () => {
    hook.answer(500);
    await alert('mended');
    await client.ingest('mended', { n: '1' });
    await hook.until(1);
    const right = await WebhookReceiver.start();
    await client.saveAlert('mended', right.url);
    await right.until(1);
    expect(right.fields).toEqual([{ n: '1' }]);
    await right.stop();
  });

  it('is not sent for a log that is not stored', async () => {
    await client.saveTransformer('json', '. = parse_json!(.message)');
    await client.saveAlert('atomic', hook.url);
    const nodes = [
      source(),
      alertNode('w', 'atomic'),
      { id: 't', type: 'transform', data: { transformer: 'json' } },
    ];
    await client.savePipeline('atomic', nodes, 'in > w', 'in > t');
    expect((await client.request('POST', 'pipelines/atomic/logs', { record: { message: 'x' } })).status).toBe(
      400,
    );
    expect(await deliveries('atomic')).toEqual([]);
  });

  it('keeps the last hundred that have ended', async () => {
    await alert('many');
    await client.struct(
      'many',
      Array.from({ length: 130 }, (_, n) => ({ n: String(n) })),
    );
    await hook.until(130);
    for (let tries = 0; tries < 100 && (await deliveries('many')).length !== 100; tries++) await sleep(50);
    const all = await deliveries('many');
    expect(all).toHaveLength(100);
    expect(all.every(({ state }) => state === 'delivered')).toBe(true);
    expect(new Set(hook.fields.map(({ n }) => n)).size).toBe(130);
  });
});

describe('a webhook that fails', () => {
  it('is left alone with all that waits for it, and gets all of it when it answers again', async () => {
    hook.answer(500);
    await alert('troubled');
    await client.struct(
      'troubled',
      Array.from({ length: 50 }, (_, n) => ({ n: String(n) })),
    );
    await hook.until(1);
    await sleep(500);
    // Those that had begun when the first one failed, not all fifty.
    expect(hook.calls.length).toBeLessThanOrEqual(5);
    hook.answer(200);
    await ended('troubled', 50);
    const delivered = hook.fields.map(({ n }) => Number(n));
    expect(new Set(delivered).size).toBe(50);
  });
});

describe('what is owed', () => {
  it('survives kill -9, and is delivered by the next start', async () => {
    let own = await TestServer.start({ env: QUICK });
    try {
      hook.answer(503);
      let there = new PipelineClient(own, await own.login());
      await alert('owed', hook.url, {}, there);
      await there.struct(
        'owed',
        Array.from({ length: 10 }, (_, n) => ({ n: String(n) })),
      );
      await own.kill();
      hook.calls.length = 0;
      hook.answer(200);
      own = await own.restarted();
      there = new PipelineClient(own, await own.login());
      await ended('owed', 10, there);
      expect(new Set(hook.fields.map(({ n }) => n)).size).toBe(10);
      expect((await there.stored('owed')).length).toBe(10);
    } finally {
      await own.stop();
      await rm(own.dataDir, { recursive: true, force: true });
    }
  });

  it('is called a second time when the process dies between the call and its note, with the same id', async () => {
    let own = await TestServer.start({ env: { ...QUICK, FLOWG_TEST_FAILPOINTS: 'alert.attempted=kill' } });
    try {
      let there = new PipelineClient(own, await own.login());
      await alert('twice', hook.url, {}, there);
      await there.ingest('twice', { n: '1' }).catch(() => undefined);
      expect(await own.ended()).toBe('SIGKILL');
      expect(hook.calls).toHaveLength(1);
      own = await own.restarted({ FLOWG_TEST_FAILPOINTS: '' });
      there = new PipelineClient(own, await own.login());
      const [delivery] = await ended('twice', 1, there);
      const ids = hook.calls.map(({ headers }) => headers['x-flowg-delivery-id']);
      expect(ids).toEqual([delivery!.id, delivery!.id]);
    } finally {
      await own.stop();
      await rm(own.dataDir, { recursive: true, force: true });
    }
  });

  it('is called again after a stop that had no time for the call', async () => {
    let own = await TestServer.start({ env: { FLOWG_SHUTDOWN_SECONDS: '1' } });
    try {
      let there = new PipelineClient(own, await own.login());
      hook.behaviour = () => undefined;
      await alert('cut-short', hook.url, {}, there);
      await there.ingest('cut-short', { n: '1' });
      await hook.until(1);
      hook.behaviour = (_call, response) => void response.writeHead(204).end();
      own = await own.restarted();
      there = new PipelineClient(own, await own.login());
      expect(await ended('cut-short', 1, there)).toMatchObject([{ state: 'delivered', attempts: 1 }]);
      expect(hook.calls).toHaveLength(2);
    } finally {
      await own.stop();
      await rm(own.dataDir, { recursive: true, force: true });
    }
  });

  it('is not sent by a server on which the logs are restored, and is shown as suspended', async () => {
    hook.answer(503);
    await alert('saved');
    await client.ingest('saved', { n: '1' });
    await hook.until(1);
    const { bytes } = await download(server, client.token!, 'logs');
    expect(bytes.includes('127.0.0.1'), 'an address in a backup of logs').toBe(false);
    const other = await TestServer.start({ env: QUICK });
    try {
      const there = new PipelineClient(other, await other.login());
      hook.answer(200);
      await there.saveAlert('saved', hook.url);
      expect((await upload(other, there.token!, 'logs', bytes)).status).toBe(200);
      const calls = hook.calls.length;
      const [delivery] = await deliveries('saved', there);
      expect(delivery).toMatchObject({
        state: 'suspended',
        next_attempt_at: null,
        error: 'it waited in a backup that was restored',
      });
      await sleep(1200);
      // The server that owes it goes on trying; the other one does not.
      const fromHere = (await deliveries('saved'))[0]!.attempts;
      expect(hook.calls.length - calls).toBeLessThanOrEqual(fromHere);
      expect((await deliveries('saved', there))[0]!.state).toBe('suspended');
    } finally {
      await other.stop();
    }
  });

  it('is given up after the time that is set', async () => {
    const own = await TestServer.start({ env: { ...QUICK, FLOWG_ALERT_RETRY_HOURS: '0' } });
    hook.answer(503);
    const there = new PipelineClient(own, await own.login());
    await alert('given-up', hook.url, {}, there);
    await there.ingest('given-up', {});
    expect(await ended('given-up', 1, there)).toMatchObject([
      { state: 'failed', attempts: 1, status: 503, error: 'unexpected status code: 503' },
    ]);
    await own.stop();
  });
});

describe('testing an alert', () => {
  const test = (name: string, record: unknown = { a: 'b' }, own = client) =>
    own.request('POST', `test/alerts/${encodeURIComponent(name)}`, { record });

  it('calls the webhook once, and says how it went', async () => {
    await client.saveAlert('tested', hook.url, { 'X-Key': '1' });
    expect((await test('tested')).text).toBe('{"success":true}\n');
    expect(hook.fields).toEqual([{ a: 'b' }]);
    expect(hook.calls[0]!.headers).not.toHaveProperty('x-flowg-delivery-id');
    expect(JSON.parse(hook.calls[0]!.body).timestamp).toMatch(/^\d{4}-.*Z$/);
    hook.answer(500);
    const { status, body } = await test('tested');
    expect([status, body]).toEqual([502, { status: 'BAD_GATEWAY', error: 'unexpected status code: 500' }]);
    expect(hook.calls).toHaveLength(2);
    expect(await deliveries('tested')).toEqual([]);
  });

  it('says when nobody is there, or nobody answers', async () => {
    const free = createServer();
    await new Promise<void>((done) => free.listen(0, '127.0.0.1', done));
    const { port } = free.address() as { port: number };
    await new Promise((done) => free.close(done));
    await client.saveAlert('nobody', `http://127.0.0.1:${port}/`);
    const refused = await test('nobody');
    expect([refused.status, refused.body.error]).toEqual([
      502,
      expect.stringMatching(/^failed to send request: .*ECONNREFUSED/),
    ]);
    hook.behaviour = () => undefined;
    await client.saveAlert('silent', hook.url);
    const silent = await test('silent');
    expect([silent.status, silent.body.error]).toEqual([
      502,
      'failed to send request: no answer within 1 seconds',
    ]);
  });

  it('is 404 for an unknown one, and for its deliveries', async () => {
    expect((await test('unknown')).status).toBe(404);
    expect((await client.request('GET', 'alerts/unknown/deliveries')).status).toBe(404);
  });

  it('needs write_alerts; looking at deliveries needs read_alerts', async () => {
    await client.saveAlert('rights', hook.url);
    const reader = new PipelineClient(
      server,
      await server.createUser(client.token!, 'alert-reader', ['read_alerts']),
    );
    expect((await test('rights', {}, reader)).status).toBe(403);
    expect((await reader.request('GET', 'alerts/rights/deliveries')).status).toBe(200);
    const other = new PipelineClient(
      server,
      await server.createUser(client.token!, 'no-alerts', ['write_streams']),
    );
    expect((await other.request('GET', 'alerts/rights/deliveries')).status).toBe(403);
    expect(hook.calls).toEqual([]);
  });
});

describe('private addresses', () => {
  it('may be forbidden: as they stand, behind a name, in any spelling', async () => {
    const own = await TestServer.start({ env: { ...QUICK, FLOWG_ALERT_FORBID_PRIVATE_ADDRESSES: 'true' } });
    try {
      const there = new PipelineClient(own, await own.login());
      const { port } = hook;
      for (const host of [
        '127.0.0.1',
        'localhost',
        '[::1]',
        '0x7f.1',
        '2130706433',
        '[::ffff:127.0.0.1]',
        '10.0.0.1',
      ]) {
        await there.saveAlert('inside', `http://${host}:${port}/`);
        const { status, body } = await there.request('POST', 'test/alerts/inside', { record: {} });
        expect([host, status], body.error).toEqual([host, 502]);
        expect(body.error, host).toMatch(/is a private address, which alerts may not call on this server$/);
      }
      await alert('inside', hook.url, {}, there);
      await there.ingest('inside', {});
      expect(await ended('inside', 1, there)).toMatchObject([{ state: 'failed', attempts: 1 }]);
      expect(hook.calls).toEqual([]);
    } finally {
      await own.stop();
    }
  });
});
