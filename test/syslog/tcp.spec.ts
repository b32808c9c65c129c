import { afterEach, describe, expect, it } from 'vitest';
import { captureLog, closed, growth, metric, SyslogHarness, waitUntil } from './syslog-harness.js';

const MEBIBYTE = 1024 * 1024;

let harness: SyslogHarness;
afterEach(() => harness.stop());

async function start(env: Record<string, string> = {}): Promise<void> {
  harness = await SyslogHarness.start({ FLOWG_SYSLOG_PROTOCOL: 'tcp', ...env });
}

describe('a connection', () => {
  it('carries lines and counted frames, each with its sender', async () => {
    await start();
    const socket = await harness.connect();
    const client = `127.0.0.1:${socket.localPort}`;
    socket.write('<34>Oct 11 22:14:15 mymachine su: one\n16 <1>two\nand ');
    socket.write('threeX<2>four\r\n<2>five\0<2>');
    await harness.sink.waitFor(4);
    socket.end('six');
    await harness.sink.waitFor(5);
    expect(harness.sink.texts).toEqual(['one', 'two\nand three', 'X<2>four', 'five', 'six']);
    for (const record of harness.sink.records) expect(record).toMatchObject({ client, tls_peer: '' });
  });

  it('gives what has come of a last message when it is reset', async () => {
    await start();
    const socket = await harness.connect();
    socket.write('<1>whole\n<1>torn');
    await harness.sink.waitFor(1);
    socket.resetAndDestroy();
    await harness.sink.waitFor(2);
    expect(harness.sink.texts).toEqual(['whole', 'torn']);
  });

  it('may be idle, and is one among many', async () => {
    await start();
    const sockets = await Promise.all(Array.from({ length: 50 }, () => harness.connect()));
    await new Promise((done) => setTimeout(done, 200));
    for (const [index, socket] of sockets.entries()) socket.write(`<1>${index}\n`);
    await harness.sink.waitFor(50);
    expect(harness.sink.texts.toSorted((a, b) => Number(a) - Number(b))).toEqual(
      sockets.map((_, n) => `${n}`),
    );
    for (const socket of sockets) socket.destroy();
  });

  it('is closed when a count is too large, and that is counted', async () => {
    await start();
    const socket = await harness.connect();
    const dropped = await growth('dropped_total{reason="oversized"}', async () => {
      socket.write(`<1>a\n${MEBIBYTE + 1} <1>b`);
      await closed(socket);
    });
    expect(dropped).toBe(1);
    await harness.sink.waitFor(1);
    expect(harness.sink.texts).toEqual(['a']);
  });

  it('goes on after a line that is too long, which is cut and counted', async () => {
    await start();
    const dropped = await growth('dropped_total{reason="oversized"}', async () => {
      await harness.sendTcp(`<1>${'x'.repeat(MEBIBYTE)}\n<1>next\n`);
      await harness.sink.waitFor(2);
    });
    expect(dropped).toBe(1);
    const [long, next] = harness.sink.texts;
    expect([long!.length, next]).toEqual([MEBIBYTE - 3, 'next']);
  });

  it.each(['127.0.0.1:0', ':0'])('of another origin is closed and counted: %s', async (address) => {
    await start({ FLOWG_SYSLOG_BIND_ADDRESS: address, FLOWG_SYSLOG_ALLOW_ORIGINS: '10.0.0.0/8' });
    const dropped = await growth('dropped_total{reason="origin"}', async () => {
      const socket = await harness.connect();
      socket.write('<1>a\n');
      await closed(socket);
    });
    expect(dropped).toBe(1);
    expect(harness.sink.records).toEqual([]);
  });

  it('beyond the thousandth is refused, and that is said and counted', async () => {
    const log = captureLog();
    await start();
    const sockets = await Promise.all(Array.from({ length: 1000 }, () => harness.connect()));
    const dropped = await growth('dropped_total{reason="connections"}', async () =>
      closed(await harness.connect()),
    );
    log.release();
    expect(dropped).toBe(1);
    expect(log.lines[1]).toBe('refused a connection of 127.0.0.1: 1000 are open');

    sockets[0]!.destroy();
    await new Promise((done) => setTimeout(done, 100));
    await harness.sendTcp('<1>room again\n');
    await harness.sink.waitFor(1);
    for (const socket of sockets) socket.destroy();
  });
});

describe('a sender that is too fast', () => {
  it('has to wait, and loses nothing', async () => {
    await start({ FLOWG_SYSLOG_QUEUE_SIZE: '100' });
    harness.sink.before = () => new Promise((done) => setTimeout(done, 1));
    const total = 100_000;
    const socket = await harness.connect();
    socket.write(
      Array.from({ length: total }, (_, n) => `<1>m${n}${n % 3 ? '' : ' '.repeat(100)}.\n`).join(''),
    );
    let deepest = 0;
    const watch = setInterval(
      () => void metric('queue_depth').then((depth) => (deepest = Math.max(deepest, depth))),
      5,
    );
    await harness.sink.waitFor(total, 50);
    clearInterval(watch);
    socket.destroy();
    expect(harness.sink.texts.map((text) => Number.parseInt(text.slice(1), 10))).toEqual(
      Array.from({ length: total }, (_, n) => n),
    );
    expect(deepest).toBeGreaterThan(0);
    expect(deepest).toBeLessThanOrEqual(100);
    expect(harness.sink.largestBatch).toBeLessThanOrEqual(100);
  });

  it('is read no further than there is room', async () => {
    await start({ FLOWG_SYSLOG_QUEUE_SIZE: '10', FLOWG_SHUTDOWN_SECONDS: '0' });
    harness.sink.before = () => new Promise(() => undefined);
    const socket = await harness.connect();
    socket.write(`<1>${'x'.repeat(1000)}\n`.repeat(50_000));
    await new Promise((done) => setTimeout(done, 500));
    const sent = socket.bytesWritten - socket.writableLength;
    expect(sent).toBeLessThan(20 * MEBIBYTE);
    socket.destroy();
  });

  it('does not keep others out', async () => {
    await start({ FLOWG_SYSLOG_QUEUE_SIZE: '10' });
    harness.sink.before = () => new Promise((done) => setTimeout(done, 1));
    const fast = await harness.connect();
    fast.on('error', () => undefined);
    fast.write('<1>fast\n'.repeat(20_000));
    await harness.sink.waitFor(100);
    await harness.sendTcp('<1>slow\n'.repeat(20));
    const isSlow = (text: string) => text === 'slow';
    await waitUntil(() => harness.sink.texts.filter(isSlow).length === 20, 'the slow sender');
    expect(harness.sink.records.length).toBeLessThan(15_000);
    fast.destroy();
  });
});
