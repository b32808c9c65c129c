import { missedEvent } from './event-text.js';

/** Characters that may wait for one client, whatever the number of events. */
export const MOST_CHARACTERS = 16 * 1024 * 1024;

/** As much of a response as is needed to send events. */
export interface EventSink {
  write(text: string): boolean;
  readonly writableNeedDrain: boolean;
  readonly writableEnded: boolean;
  on(event: 'drain', listener: () => void): unknown;
}

/**
 * Events on their way to one client. What the client does not take waits, up to a limit; beyond it events are counted
 * instead of kept, and the number takes their place.
 */
export class EventQueue {
  private waiting: string[] = [];
  private waitingCharacters = 0;
  private missed = 0;

  constructor(
    private readonly sink: EventSink,
    private readonly most: number,
  ) {
    sink.on('drain', () => this.send());
  }

  push(event: string): void {
    // Once something is missed the rest is too, until the client has been told: the order stays.
    if (this.missed > 0 || this.waiting.length >= this.most || this.waitingCharacters >= MOST_CHARACTERS)
      this.missed++;
    else {
      this.waiting.push(event);
      this.waitingCharacters += event.length;
    }
    this.send();
  }

  private send(): void {
    if (this.sink.writableEnded) return;
    let sent = 0;
    while (!this.sink.writableNeedDrain && sent < this.waiting.length) {
      const event = this.waiting[sent++]!;
      this.waitingCharacters -= event.length;
      this.sink.write(event);
    }
    if (sent > 0) this.waiting = this.waiting.slice(sent);
    if (this.missed > 0 && this.waiting.length === 0 && !this.sink.writableNeedDrain) {
      this.sink.write(missedEvent(this.missed));
      this.missed = 0;
    }
  }
}
