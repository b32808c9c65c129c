import { Logger } from '@nestjs/common';
import type { MessageQueue, ReceivedMessage } from './message-queue.js';
import { parseSyslogMessage } from './parser/parse-message.js';
import { countMessages } from './syslog-metrics.js';
import type { SyslogSink } from './syslog-sink.js';
import { ThrottledLog } from './throttled-log.js';

/** The one consumer of the queue: hands batch after batch to the sink, while the queue gathers the next. */
export class Delivery {
  private readonly log = new Logger('Syslog');
  private readonly failures = new ThrottledLog((text) => this.log.error(text));
  private running = false;
  private readonly idleWaiters: (() => void)[] = [];

  constructor(
    private readonly queue: MessageQueue,
    private readonly sink: SyslogSink,
  ) {}

  /** To be called when something has arrived. What arrives within the same turn of the event loop goes together. */
  wake(): void {
    if (this.running) return;
    this.running = true;
    setImmediate(() => void this.run());
  }

  /** Resolves when no message waits and none is being processed. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.running) this.idleWaiters.push(resolve);
      else resolve();
    });
  }

  private async run(): Promise<void> {
    for (let batch = this.queue.take(); batch.length > 0; batch = this.queue.take())
      await this.deliver(batch);
    this.running = false;
    for (const resolve of this.idleWaiters.splice(0)) resolve();
  }

  private async deliver(batch: ReceivedMessage[]): Promise<void> {
    try {
      await this.sink.take(
        batch.map(({ line, sender, receivedMs }) => parseSyslogMessage(line, sender, new Date(receivedMs))),
      );
      countMessages('accepted', batch.length);
    } catch (error) {
      countMessages('failed', batch.length);
      this.failures.say(`${batch.length} messages could not be processed: ${(error as Error).message}`);
    }
  }
}
