import { Logger } from '@nestjs/common';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { register } from 'prom-client';
import { readSettings } from '#src/settings.js';
import { SyslogSink } from '#src/syslog/syslog-sink.js';
import { SyslogServer } from '#src/syslog/syslog.server.js';

export type SyslogRecord = Record<string, string>;

/** Keeps what it gets; a test may make it slow, or fail. */
export class CollectingSink extends SyslogSink {
  readonly records: SyslogRecord[] = [];
  largestBatch = 0;
  before: (batch: SyslogRecord[]) => Promise<void> | void = () => undefined;

  async take(records: SyslogRecord[]): Promise<void> {
    await this.before(records);
    for (const record of records) this.records.push(record);
    this.largestBatch = Math.max(this.largestBatch, records.length);
  }

  /** Texts of the messages, in either format. */
  get texts(): string[] {
    return this.records.map(({ content, message }) => content ?? message!);
  }

  /** @throws Error when there are not so many after `seconds`. */
  async waitFor(count: number, seconds = 30): Promise<SyslogRecord[]> {
    await waitUntil(() => this.records.length >= count, `${count} messages`, seconds);
    return this.records;
  }
}

/** A listener in this process, on a port that the system chooses, as it is in the server. */
export class SyslogHarness {
  readonly sink = new CollectingSink();
  readonly server: SyslogServer;

  private constructor(env: Record<string, string>) {
    const settings = readSettings({ FLOWG_SYSLOG_BIND_ADDRESS: '127.0.0.1:0', ...env });
    this.server = new SyslogServer(this.sink, settings);
  }

  static async start(env: Record<string, string> = {}): Promise<SyslogHarness> {
    const harness = new SyslogHarness(env);
    await harness.server.listen();
    return harness;
  }

  get port(): number {
    return this.server.address!.port;
  }

  stop(): Promise<void> {
    return this.server.beforeApplicationShutdown();
  }

  connect(host = '127.0.0.1'): Promise<Socket> {
    return connected(connect(this.port, host));
  }

  /** Sends over a connection of its own and closes it. */
  async sendTcp(...chunks: (string | Buffer)[]): Promise<void> {
    const socket = await this.connect();
    for (const chunk of chunks) socket.write(chunk);
    socket.end();
    await closed(socket);
  }

  async sendUdp(messages: (string | Buffer)[], host = '127.0.0.1'): Promise<void> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    for (const message of messages) {
      await new Promise<void>((sent, failed) => {
        socket.send(message, this.port, host, (error) => (error ? failed(error) : sent()));
      });
    }
    socket.close();
  }

  /** Runs util-linux' `logger` against the listener. */
  async logger(options: string[], input = ''): Promise<void> {
    const child = spawn('logger', ['-n', '127.0.0.1', '-P', String(this.port), ...options], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    // Where the message is among the options it may have ended before it reads anything.
    child.stdin.on('error', () => undefined).end(input);
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`logger ended with ${code}`);
  }
}

export async function connected<Connection extends Socket>(socket: Connection): Promise<Connection> {
  await once(socket, 'connect');
  return socket;
}

/** Resolves when the connection has ended, whatever the reason. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket
      .on('error', () => undefined)
      .on('close', () => resolve())
      .resume();
  });
}

export async function waitUntil(holds: () => boolean, what: string, seconds = 30): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}

/** Value of `flowg_syslog_…`, as the management port would show it: `dropped_total{reason="origin"}`. */
export async function metric(name: string): Promise<number> {
  const lines = (await register.metrics()).split('\n');
  const line = lines.find((one) => one.startsWith(`flowg_syslog_${name} `));
  if (line === undefined) throw new Error(`there is no metric ${name}`);
  return Number(line.split(' ').at(-1));
}

/** What the action adds to a metric. */
export async function growth(name: string, action: () => Promise<unknown>): Promise<number> {
  const before = await metric(name);
  await action();
  return (await metric(name)) - before;
}

/** Collects the log instead of printing it, until the returned function is called. */
export function captureLog(): { lines: string[]; release: () => void } {
  const lines: string[] = [];
  const write = (text: unknown) => void lines.push(String(text));
  Logger.overrideLogger({ log: write, warn: write, error: write, debug: write, verbose: write });
  return { lines, release: () => Logger.overrideLogger(true) };
}
