import { Logger } from '@nestjs/common';
import { register } from 'prom-client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Delivery } from './delivery.js';
import { MessageQueue } from './message-queue.js';
import { SyslogSink } from './syslog-sink.js';

class Sink extends SyslogSink {
  readonly batches: string[][] = [];
  fail = false;
  private release?: () => void;

  /** Each batch is settled only when the test says so. */
  take(records: Record<string, string>[]): Promise<void> {
    this.batches.push(records.map(({ content }) => content!));
    return new Promise((resolve, reject) => {
      this.release = () => (this.fail ? reject(new Error('no room')) : resolve());
    });
  }

  async settle(): Promise<void> {
    this.release!();
    await new Promise((done) => setTimeout(done, 5));
  }
}

function setUp() {
  const sink = new Sink();
  const bounds = { messages: 1000, bytes: 1000 };
  const queue: MessageQueue = new MessageQueue(bounds, { ...bounds, messages: 3 }, () => delivery.wake());
  const delivery: Delivery = new Delivery(queue, sink);
  const send = async (...texts: string[]) => {
    for (const text of texts) {
      const sender = { client: '127.0.0.1:1', tlsPeer: '' };
      queue.offer({ line: Buffer.from(text), sender, receivedMs: Date.now() });
    }
    await new Promise((done) => setTimeout(done, 5));
  };
  return { sink, delivery, send };
}

async function count(outcome: string): Promise<number> {
  const line = new RegExp(`flowg_syslog_messages_total\\{outcome="${outcome}"\\} (\\d+)`);
  return Number(line.exec(await register.metrics())![1]);
}

const errors: string[] = [];
beforeEach(() => {
  errors.length = 0;
  vi.spyOn(Logger.prototype, 'error').mockImplementation((text) => void errors.push(String(text)));
});
afterEach(() => void vi.restoreAllMocks());

it('hands over what arrived together, and gathers while a batch is processed', async () => {
  const { sink, send } = setUp();
  await send('a', 'b');
  expect(sink.batches).toEqual([['a', 'b']]);
  await send('c');
  await send('d', 'e', 'f');
  expect(sink.batches).toHaveLength(1);
  await sink.settle();
  expect(sink.batches[1]).toEqual(['c', 'd', 'e']);
  await sink.settle();
  expect(sink.batches[2]).toEqual(['f']);
});

it('is idle when the last batch is settled, and not before', async () => {
  const { sink, delivery, send } = setUp();
  await delivery.idle();
  await send('a', 'b', 'c', 'd');
  let idle = false;
  const waiting = delivery.idle().then(() => (idle = true));
  await sink.settle();
  expect(idle).toBe(false);
  await sink.settle();
  await waiting;
});

it('counts a batch that fails, says so once, and goes on', async () => {
  const accepted = await count('accepted');
  const failed = await count('failed');
  const { sink, send } = setUp();
  sink.fail = true;
  await send('a', 'b', 'c', 'd', 'e');
  await sink.settle();
  await sink.settle();
  expect(errors).toEqual(['3 messages could not be processed: no room']);
  sink.fail = false;
  await send('f');
  await sink.settle();
  expect(sink.batches).toEqual([['a', 'b', 'c'], ['d', 'e'], ['f']]);
  expect([(await count('accepted')) - accepted, (await count('failed')) - failed]).toEqual([1, 5]);
});
