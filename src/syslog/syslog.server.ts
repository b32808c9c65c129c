import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SETTINGS, type Settings } from '../settings.js';
import { Delivery } from './delivery.js';
import { MessageQueue } from './message-queue.js';
import { Reception } from './reception.js';
import { clientOf } from './sender.js';
import { countMessages, measure } from './syslog-metrics.js';
import { SyslogSink } from './syslog-sink.js';
import type { SyslogListener } from './transport/syslog-listener.js';
import { listenTcp } from './transport/tcp-listener.js';
import { syslogTls } from './transport/tls-files.js';
import { listenUdp } from './transport/udp-listener.js';

const MEBIBYTE = 1024 * 1024;
const QUEUE_BYTES = 64 * MEBIBYTE;
const BATCH = { messages: 500, bytes: 8 * MEBIBYTE };

/** Receives syslog messages and hands them to the `SyslogSink`, on a port of its own and without a token. */
@Injectable()
export class SyslogServer implements BeforeApplicationShutdown {
  private readonly log = new Logger('Syslog');
  private readonly queue: MessageQueue;
  private readonly delivery: Delivery;
  private listener?: SyslogListener;

  constructor(
    sink: SyslogSink,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    const room = { messages: settings.syslog.queueSize, bytes: QUEUE_BYTES };
    this.queue = new MessageQueue(room, BATCH, () => this.delivery.wake());
    this.delivery = new Delivery(this.queue, sink);
  }

  /** Where it listens; undefined before it does. */
  get address(): AddressInfo | undefined {
    return this.listener?.address;
  }

  /** @throws Error that names the address, or the TLS files, and the settings they come from. */
  async listen(): Promise<void> {
    const listener = await this.openListener();
    this.listener = listener;
    measure({ depth: () => this.queue.depth, kernelDrops: () => listener.kernelDrops() });
    const { address, port } = listener.address;
    this.log.log(`syslog on ${this.protocol} ${clientOf(address, port)}`);
  }

  /**
   * Nothing new, then what is queued, for at most the time that a stop may take. It comes before the databases are
   * closed: what is left then is counted as failed, and said, and never reaches the sink.
   */
  async beforeApplicationShutdown(): Promise<void> {
    if (!this.listener) return;
    const closed = this.listener.close();
    const drained = closed.then(() => this.delivery.idle());
    if (await endsWithin(this.settings.shutdownSeconds * 1000, drained)) return;
    this.queue.close();
    await closed;
    const { discarded } = this.queue;
    countMessages('failed', discarded);
    this.log.error(`the stop has no more time: ${discarded} messages that were received are not processed`);
  }

  private get protocol(): string {
    const { protocol, tls } = this.settings.syslog;
    return tls ? `${protocol}+tls` : protocol;
  }

  private async openListener(): Promise<SyslogListener> {
    const { protocol, address, allowedOrigins, tls } = this.settings.syslog;
    const reception = new Reception(this.queue, allowedOrigins);
    const renewable = tls && syslogTls(tls, this.settings.tlsReloadSeconds);
    try {
      return await (protocol === 'udp'
        ? listenUdp(address, reception)
        : listenTcp(address, reception, renewable));
    } catch (cause) {
      const where = `${this.protocol} ${clientOf(address.host, address.port)}`;
      const reason = (cause as Error).message;
      throw new Error(`syslog cannot listen on ${where} (FLOWG_SYSLOG_BIND_ADDRESS): ${reason}`, { cause });
    }
  }
}

async function endsWithin(milliseconds: number, work: Promise<void>): Promise<boolean> {
  const bound = new AbortController();
  const timeout = sleep(milliseconds, false, { signal: bound.signal }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), timeout]);
  } finally {
    bound.abort();
  }
}
