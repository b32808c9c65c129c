import { describe, expect, it } from 'vitest';
import { MessageQueue, type ReceivedMessage } from './message-queue.js';

const SENDER = { client: '127.0.0.1:1', tlsPeer: '' };

function message(text: string): ReceivedMessage {
  return { line: Buffer.from(text), sender: SENDER, receivedMs: 0 };
}

function queueOf(room: { messages: number; bytes?: number }, batch: { messages: number; bytes?: number }) {
  const arrivals = { count: 0 };
  const limits = (one: { messages: number; bytes?: number }) => ({ bytes: 1_000_000, ...one });
  const queue = new MessageQueue(limits(room), limits(batch), () => arrivals.count++);
  const take = () => queue.take().map(({ line }) => String(line));
  const offer = (...texts: string[]) => texts.map((text) => queue.offer(message(text)));
  return { queue, take, offer, arrivals };
}

describe('MessageQueue', () => {
  it('gives out in order, in batches', () => {
    const { queue, take, offer, arrivals } = queueOf({ messages: 10 }, { messages: 2 });
    expect(take()).toEqual([]);
    expect(offer('a', 'b', 'c')).toEqual([true, true, true]);
    expect([queue.depth, arrivals.count]).toEqual([3, 3]);
    expect([take(), take(), take()]).toEqual([['a', 'b'], ['c'], []]);
    expect(queue.depth).toBe(0);
  });

  it('ends a batch at its bytes, and lets a larger message go alone', () => {
    const { take, offer } = queueOf({ messages: 10 }, { messages: 10, bytes: 4 });
    offer('aa', 'bb', 'c', 'dddddd', 'e');
    expect([take(), take(), take(), take()]).toEqual([['aa', 'bb'], ['c'], ['dddddd'], ['e']]);
  });

  it('refuses what goes beyond the number of messages', () => {
    const { take, offer, arrivals } = queueOf({ messages: 2 }, { messages: 1 });
    expect(offer('a', 'b', 'c')).toEqual([true, true, false]);
    expect(arrivals.count).toBe(2);
    take();
    expect(offer('d', 'e')).toEqual([true, false]);
    expect([take(), take(), take()]).toEqual([['b'], ['d'], []]);
  });

  it('refuses what goes beyond the bytes, but not a single message', () => {
    const { take, offer } = queueOf({ messages: 10, bytes: 4 }, { messages: 10 });
    expect(offer('aaa', 'bb', 'b')).toEqual([true, false, true]);
    take();
    expect(offer('cccccccc', 'd')).toEqual([true, false]);
    expect(take()).toEqual(['cccccccc']);
  });

  it('has the room again that a batch took', () => {
    const { take, offer } = queueOf({ messages: 10, bytes: 4 }, { messages: 1 });
    for (let n = 0; n < 5; n++) {
      expect(offer('aa', 'bb', 'c')).toEqual([true, true, false]);
      expect([take(), take()]).toEqual([['aa'], ['bb']]);
      expect(offer('aa', 'bb', 'c')).toEqual([true, true, false]);
      expect(take()).toEqual(['aa']);
      expect(offer('cc', 'd')).toEqual([true, false]);
      expect([take(), take()]).toEqual([['bb'], ['cc']]);
    }
  });

  it('lets in those who wait, in their order, and nobody before them', async () => {
    const { queue, take, offer } = queueOf({ messages: 2, bytes: 4 }, { messages: 1 });
    offer('a', 'b');
    const admitted: string[] = [];
    const waits = ['cccc', 'd'].map((text) => queue.wait(message(text)).then(() => admitted.push(text)));
    expect(take()).toEqual(['a']);
    expect(offer('e')).toEqual([false]);
    await Promise.resolve();
    expect(admitted).toEqual([]);
    expect(take()).toEqual(['b']);
    await waits[0];
    expect(admitted).toEqual(['cccc']);
    expect(take()).toEqual(['cccc']);
    await Promise.all(waits);
    expect(take()).toEqual(['d']);
  });

  it('discards all when it is closed, and lets nobody wait for ever', async () => {
    const { queue, take, offer, arrivals } = queueOf({ messages: 2 }, { messages: 1 });
    offer('a', 'b');
    const wait = queue.wait(message('c'));
    queue.close();
    await wait;
    expect(offer('d')).toEqual([true]);
    expect(take()).toEqual([]);
    expect([queue.depth, queue.discarded, arrivals.count]).toEqual([0, 4, 2]);
  });
});
