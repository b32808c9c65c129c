import type { BlockList } from 'node:net';
import { isListed } from '../addresses.js';
import type { MessageQueue } from './message-queue.js';
import { withoutTrailingControls } from './parser/spaces.js';
import type { Sender } from './sender.js';
import { countDropped } from './syslog-metrics.js';

const MOST_VERDICTS = 1000;

/** What listeners bring messages to: who may send, and what happens when there is no room. */
export class Reception {
  /** Of each address: to ask the list takes longer than everything else that is done with a datagram. */
  private readonly verdicts = new Map<string, boolean>();

  constructor(
    private readonly queue: MessageQueue,
    private readonly allowedOrigins?: BlockList,
  ) {}

  /** Whether this address may send; if not, it is counted. */
  admits(address: string): boolean {
    if (!this.allowedOrigins) return true;
    const isAllowed = this.verdicts.get(address) ?? this.judge(address, this.allowedOrigins);
    if (!isAllowed) countDropped('origin');
    return isAllowed;
  }

  /** For senders that cannot be made to wait: without room the message is dropped, and counted. */
  offer(line: Buffer, sender: Sender): void {
    if (isEmpty(line)) return;
    if (!this.queue.offer({ line, sender, receivedMs: Date.now() })) countDropped('queue_full');
  }

  /** For senders that can wait. @returns a promise only when there is no room yet. */
  put(line: Buffer, sender: Sender): Promise<void> | undefined {
    if (isEmpty(line)) return undefined;
    const message = { line, sender, receivedMs: Date.now() };
    return this.queue.offer(message) ? undefined : this.queue.wait(message);
  }

  private judge(address: string, allowed: BlockList): boolean {
    const verdict = isListed(allowed, address);
    if (this.verdicts.size >= MOST_VERDICTS) this.verdicts.clear();
    this.verdicts.set(address, verdict);
    return verdict;
  }
}

/** An empty line between two messages, say, is no message: there is nothing in it to lose. */
function isEmpty(line: Buffer): boolean {
  return withoutTrailingControls(line).length === 0;
}
