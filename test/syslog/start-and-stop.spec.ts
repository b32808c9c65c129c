import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { readSettings } from '#src/settings.js';
import { SettingsModule } from '#src/settings.module.js';
import { SyslogModule } from '#src/syslog/syslog.module.js';
import { SyslogServer } from '#src/syslog/syslog.server.js';
import { captureLog, closed, CollectingSink, growth, SyslogHarness, waitUntil } from './syslog-harness.js';

const TCP = { FLOWG_SYSLOG_PROTOCOL: 'tcp' };

describe('the start', () => {
  it.each(['udp', 'tcp'])(
    'fails with the address and the setting when it is in use: %s',
    async (protocol) => {
      const first = await SyslogHarness.start({ FLOWG_SYSLOG_PROTOCOL: protocol });
      const address = `127.0.0.1:${first.port}`;
      const second = SyslogHarness.start({
        FLOWG_SYSLOG_PROTOCOL: protocol,
        FLOWG_SYSLOG_BIND_ADDRESS: address,
      });
      await expect(second).rejects.toThrow(
        new RegExp(
          `^syslog cannot listen on ${protocol} ${address} \\(FLOWG_SYSLOG_BIND_ADDRESS\\): .*EADDRINUSE`,
        ),
      );
      await first.stop();
    },
  );

  it.each(['udp', 'tcp'])('takes the name of a host: %s', async (protocol) => {
    const log = captureLog();
    const env = { FLOWG_SYSLOG_PROTOCOL: protocol, FLOWG_SYSLOG_BIND_ADDRESS: 'localhost:0' };
    const harness = await SyslogHarness.start(env);
    log.release();
    expect(log.lines[0]).toMatch(
      new RegExp(`^syslog on ${protocol} (127\\.0\\.0\\.1|\\[::1\\]):${harness.port}$`),
    );
    await harness.stop();
    await expect(
      SyslogHarness.start({ ...env, FLOWG_SYSLOG_BIND_ADDRESS: 'no.such.host.invalid:1' }),
    ).rejects.toThrow(/no\.such\.host\.invalid:1 \(FLOWG_SYSLOG_BIND_ADDRESS\)/);
  });
});

describe('the stop', () => {
  it('lets what is queued be processed, and nothing new', async () => {
    const harness = await SyslogHarness.start();
    harness.sink.before = () => new Promise((done) => setTimeout(done, 50));
    await harness.sendUdp(Array.from({ length: 1200 }, (_, n) => `<1>${n}`));
    await waitUntil(() => harness.sink.records.length > 0, 'the first batch');
    expect(harness.sink.records.length).toBeLessThan(1200);
    await harness.stop();
    expect(harness.sink.texts).toEqual(Array.from({ length: 1200 }, (_, n) => `${n}`));
  });

  it('closes connections, and processes what was read from them', async () => {
    const harness = await SyslogHarness.start({ ...TCP, FLOWG_SYSLOG_QUEUE_SIZE: '10' });
    harness.sink.before = () => new Promise((done) => setTimeout(done, 5));
    const [busy, idle] = [await harness.connect(), await harness.connect()];
    busy.write(Array.from({ length: 1000 }, (_, n) => `<1>${n}\n`).join(''));
    await waitUntil(() => harness.sink.records.length > 0, 'the first batch');
    const ended = Promise.all([closed(busy), closed(idle)]);
    await harness.stop();
    await ended;
    expect(harness.sink.texts).toEqual(Array.from({ length: 1000 }, (_, n) => `${n}`));
    const late = harness.connect();
    await expect(late).rejects.toThrow('ECONNREFUSED');
  });

  it('does not wait longer than it may, and says what is lost', async () => {
    const log = captureLog();
    const harness = await SyslogHarness.start({
      ...TCP,
      FLOWG_SHUTDOWN_SECONDS: '1',
      FLOWG_SYSLOG_QUEUE_SIZE: '10',
    });
    let release!: () => void;
    harness.sink.before = () => new Promise((done) => (release = done));
    const socket = await harness.connect();
    socket.on('error', () => undefined);
    socket.write(Array.from({ length: 31 }, (_, n) => `<1>${n}\n`).join(''));
    await waitUntil(() => release !== undefined, 'the first batch');

    const begin = performance.now();
    const failed = await growth('messages_total{outcome="failed"}', () => harness.stop());
    log.release();
    expect(performance.now() - begin).toBeGreaterThan(900);
    expect(performance.now() - begin).toBeLessThan(5000);
    expect(failed).toBe(21);
    expect(log.lines.at(-1)).toBe(
      'the stop has no more time: 21 messages that were received are not processed',
    );
    release();
    await new Promise((done) => setTimeout(done, 50));
    expect(harness.sink.texts).toEqual(Array.from({ length: 10 }, (_, n) => `${n}`));
  });

  it('is nothing to a server that never listened', async () => {
    const server = new SyslogServer(new CollectingSink(), readSettings({}));
    await server.beforeApplicationShutdown();
  });
});

describe('a sink that fails', () => {
  it('costs its messages, which are counted and said, and no others', async () => {
    const log = captureLog();
    const harness = await SyslogHarness.start(TCP);
    harness.sink.before = (batch) => {
      if (batch.some(({ content }) => content === 'bad')) throw new Error('the disk is full');
    };
    const failed = await growth('messages_total{outcome="failed"}', async () => {
      await harness.sendTcp('<1>good\n');
      await harness.sink.waitFor(1);
      for (let n = 0; n < 5; n++) await harness.sendTcp('<1>bad\n<1>bad\n');
      await harness.sendTcp('<1>good again\n');
      await harness.sink.waitFor(2);
    });
    expect(failed).toBe(10);
    expect(harness.sink.texts).toEqual(['good', 'good again']);
    await harness.stop();
    log.release();
    expect(log.lines.filter((line) => line.includes('could not be processed'))).toEqual([
      '2 messages could not be processed: the disk is full',
    ]);
  });
});

describe('SyslogModule.to', () => {
  it('binds the sink of another module, which may close what it needs only after the last message', async () => {
    const order: string[] = [];
    class Ingest extends CollectingSink {
      onApplicationShutdown(): void {
        order.push(`closed after ${this.records.length}`);
      }
    }
    class IngestModule {}
    Module({ providers: [Ingest], exports: [Ingest] })(IngestModule);
    const settings = readSettings({ FLOWG_SYSLOG_BIND_ADDRESS: '127.0.0.1:0', ...TCP });
    class Application {}
    Module({ imports: [SettingsModule.with(settings), SyslogModule.to(IngestModule, Ingest)] })(Application);

    const application = await NestFactory.createApplicationContext(Application, { logger: false });
    const server = application.get(SyslogServer);
    const sink = application.get(Ingest);
    sink.before = () => new Promise((done) => setTimeout(done, 20));
    await server.listen();
    const harness = Object.assign(Object.create(SyslogHarness.prototype) as SyslogHarness, { server, sink });
    await harness.sendTcp('<1>a\n'.repeat(600));
    await application.close();
    expect(order).toEqual(['closed after 600']);
  });
});
