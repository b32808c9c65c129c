import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { platform } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { captureLog, growth, metric, SyslogHarness, waitUntil } from './syslog-harness.js';

let harness: SyslogHarness;
afterEach(() => harness.stop());

async function start(env: Record<string, string> = {}): Promise<void> {
  harness = await SyslogHarness.start(env);
}

describe('datagrams', () => {
  it('become records, with their sender', async () => {
    await start();
    const socket = createSocket('udp4');
    socket.send('<34>Oct 11 22:14:15 mymachine su[7]: failed\n\0', harness.port, '127.0.0.1');
    socket.send('41 <165>1 - h app 8710 ID47 [x@1 a="]"] text', harness.port, '127.0.0.1');
    await once(socket, 'listening');
    const client = `127.0.0.1:${socket.address().port}`;
    const [first, second] = await harness.sink.waitFor(2);
    socket.close();
    expect(first).toMatchObject({
      hostname: 'mymachine',
      tag: 'su',
      content: 'failed',
      client,
      tls_peer: '',
    });
    expect(second).toMatchObject({
      app_name: 'app',
      structured_data: '[x@1 a="]"]',
      message: 'text',
      client,
    });
  });

  it('are one message each, whatever is in them; an empty one is none', async () => {
    await start();
    const accepted = await growth('messages_total{outcome="accepted"}', async () => {
      await harness.sendUdp(['', '\n', '<1>a\n<2>b\0c', '4 <1>a', '5 <1>a', 'no syslog']);
      await harness.sink.waitFor(4);
    });
    expect(harness.sink.texts).toEqual(['a\n<2>b\0c', 'a', '5 <1>a', 'no syslog']);
    expect(accepted).toBe(4);
  });

  it('may be as long as datagrams can be', async () => {
    await start();
    await harness.sendUdp([`<1>${'x'.repeat(65_000)}`]);
    await harness.sink.waitFor(1);
    expect(harness.sink.texts[0]).toHaveLength(65_000);
  });

  it('come over IPv6, and over IPv4 to the same socket', async () => {
    const log = captureLog();
    await start({ FLOWG_SYSLOG_BIND_ADDRESS: ':0' });
    log.release();
    expect(log.lines).toEqual([`syslog on udp [::]:${harness.port}`]);
    await harness.sendUdp(['<1>six'], '::1');
    await harness.sendUdp(['<1>four']);
    const [six, four] = await harness.sink.waitFor(2);
    expect(six).toMatchObject({ content: 'six', hostname: '::1' });
    expect(six!.client).toMatch(/^\[::1\]:\d+$/);
    expect(four).toMatchObject({ content: 'four', hostname: '127.0.0.1' });
    expect(four!.client).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it.each(['127.0.0.1:0', ':0'])('of other origins are dropped and counted: %s', async (address) => {
    await start({ FLOWG_SYSLOG_BIND_ADDRESS: address, FLOWG_SYSLOG_ALLOW_ORIGINS: '10.0.0.0/8, 192.0.2.1' });
    const dropped = await growth('dropped_total{reason="origin"}', async () => {
      await harness.sendUdp(['<1>a', '<1>b']);
      await new Promise((done) => setTimeout(done, 100));
    });
    expect(dropped).toBe(2);
    expect(harness.sink.records).toEqual([]);
  });

  it.each(['127.0.0.1:0', ':0'])('of allowed origins arrive: %s', async (address) => {
    await start({ FLOWG_SYSLOG_BIND_ADDRESS: address, FLOWG_SYSLOG_ALLOW_ORIGINS: '127.0.0.0/8' });
    await harness.sendUdp(['<1>a']);
    await harness.sink.waitFor(1);
  });

  it.each([
    ['::1', 1],
    ['2001:db8::/32', 0],
  ])('of IPv6 are compared too: %s', async (allowed, arriving) => {
    await start({ FLOWG_SYSLOG_BIND_ADDRESS: '[::1]:0', FLOWG_SYSLOG_ALLOW_ORIGINS: allowed });
    const dropped = await growth('dropped_total{reason="origin"}', async () => {
      await harness.sendUdp(['<1>a'], '::1');
      await new Promise((done) => setTimeout(done, 100));
    });
    expect([harness.sink.records.length, dropped]).toEqual([arriving, 1 - arriving]);
  });

  it('beyond the queue are dropped and counted, and nothing else is lost', async () => {
    await start({ FLOWG_SYSLOG_QUEUE_SIZE: '10' });
    let release!: () => void;
    harness.sink.before = () => new Promise((done) => (release = done));
    await harness.sendUdp(['<1>first']);
    await waitUntil(() => release !== undefined, 'the first batch');

    const dropped = await growth('dropped_total{reason="queue_full"}', async () => {
      await harness.sendUdp(Array.from({ length: 25 }, (_, n) => `<1>${n}`));
      await new Promise((done) => setTimeout(done, 100));
    });
    expect(dropped).toBe(15);
    expect(await metric('queue_depth')).toBe(10);
    harness.sink.before = () => undefined;
    release();
    await harness.sink.waitFor(11);
    expect(harness.sink.texts).toEqual(['first', ...Array.from({ length: 10 }, (_, n) => `${n}`)]);
    expect(await metric('queue_depth')).toBe(0);
    await harness.sendUdp(['<1>afterwards']);
    await harness.sink.waitFor(12);
  });

  it.skipIf(platform() !== 'linux')('are counted when the system throws them away', async () => {
    await start({ FLOWG_SYSLOG_QUEUE_SIZE: '100000' });
    const total = 50_000;
    const script = `
      const socket = require('dgram').createSocket('udp4');
      socket.connect(${harness.port}, '127.0.0.1', async () => {
        for (let n = 0; n < ${total}; n++) await new Promise((sent) => socket.send('<1>' + n, sent));
        socket.close();
      });`;
    const before = await metric('dropped_total{reason="kernel"}');
    // Nobody fetches anything meanwhile: this stops the event loop.
    expect(spawnSync(process.execPath, ['-e', script]).status).toBe(0);
    let dropped = 0;
    for (let waited = 0; waited < 1000 && harness.sink.records.length + dropped < total; waited++) {
      await new Promise((done) => setTimeout(done, 10));
      dropped = (await metric('dropped_total{reason="kernel"}')) - before;
    }
    expect(dropped).toBeGreaterThan(0);
    expect(harness.sink.records.length + dropped).toBe(total);
  });
});
