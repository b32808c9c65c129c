import type { Sender } from './sender.js';

export interface ReceivedMessage {
  line: Buffer;
  sender: Sender;
  /** Unix milliseconds. */
  receivedMs: number;
}

/** `bytes` of text; a single larger message is let in alone. */
export interface Limits {
  messages: number;
  bytes: number;
}

interface Batch {
  messages: ReceivedMessage[];
  bytes: number;
}

interface Waiting {
  message: ReceivedMessage;
  admit: () => void;
}

/** Messages that wait to be processed: bounded in number and in bytes, and laid out in the batches they leave in. */
export class MessageQueue {
  private readonly batches: Batch[] = [];
  private readonly waiting: Waiting[] = [];
  private messages = 0;
  private bytes = 0;
  private closed = false;
  private discardedMessages = 0;

  /** @param onArrival is called for each message that is let in. */
  constructor(
    private readonly room: Limits,
    private readonly batchLimits: Limits,
    private readonly onArrival: () => void,
  ) {}

  /** Messages in the queue, without those that wait outside for room. */
  get depth(): number {
    return this.messages;
  }

  /** Messages that came to nothing because of `close`. */
  get discarded(): number {
    return this.discardedMessages;
  }

  /** @returns false if there is no room: then the message is not in the queue. A closed queue takes, and discards, all. */
  offer(message: ReceivedMessage): boolean {
    if (this.closed) this.discardedMessages++;
    else if (this.waiting.length > 0 || !this.hasRoom(message)) return false;
    else this.admit(message);
    return true;
  }

  /** For a message that was offered in vain: waits behind those that came before it, and resolves when it is let in. */
  wait(message: ReceivedMessage): Promise<void> {
    return new Promise((admit) => this.waiting.push({ message, admit }));
  }

  /** @returns the oldest batch; nothing if the queue is empty. */
  take(): ReceivedMessage[] {
    const batch = this.batches.shift();
    if (!batch) return [];
    this.messages -= batch.messages.length;
    this.bytes -= batch.bytes;
    while (this.waiting.length > 0 && this.hasRoom(this.waiting[0]!.message)) {
      const { message, admit } = this.waiting.shift()!;
      this.admit(message);
      admit();
    }
    return batch.messages;
  }

  /** Discards what waits, in the queue and for it, and whatever is offered from now on. */
  close(): void {
    this.closed = true;
    this.discardedMessages += this.messages + this.waiting.length;
    this.batches.length = 0;
    this.messages = 0;
    this.bytes = 0;
    for (const { admit } of this.waiting.splice(0)) admit();
  }

  private hasRoom({ line }: ReceivedMessage): boolean {
    if (this.messages === 0) return true;
    return this.messages < this.room.messages && this.bytes + line.length <= this.room.bytes;
  }

  private admit(message: ReceivedMessage): void {
    const batch = this.batchFor(message);
    batch.messages.push(message);
    batch.bytes += message.line.length;
    this.messages++;
    this.bytes += message.line.length;
    this.onArrival();
  }

  private batchFor({ line }: ReceivedMessage): Batch {
    const last = this.batches.at(-1);
    const { messages, bytes } = this.batchLimits;
    if (last && last.messages.length < messages && last.bytes + line.length <= bytes) return last;
    const next = { messages: [], bytes: 0 };
    this.batches.push(next);
    return next;
  }
}
