import type { IdentifiedEntry } from '../entries/entries.store.js';
import { isBehind, type Position, type StoredEntry } from '../entries/stored-entry.js';
import type { Fields } from '../record.js';
import { EventQueue, type EventSink, MOST_CHARACTERS } from './event-queue.js';
import { logEvent } from './event-text.js';
import type { WatchHub } from './watch-hub.js';

/** What a client wants to see. */
export interface Watch {
  stream: string;
  matches: (record: Fields) => boolean;
  /** The last entry that it has; undefined: only what is stored from now on. */
  after?: Position;
}

/** What is stored while somebody watches: sent at once, or held back while what they have missed is sent. */
export class LiveEvents {
  private readonly queue: EventQueue;
  private readonly unsubscribe: () => void;
  private held?: StoredEntry[];
  private heldCharacters = 0;
  private overflowed = false;
  private last?: Position;

  constructor(
    private readonly watch: Watch,
    hub: WatchHub,
    sink: EventSink,
    private readonly most: number,
  ) {
    this.queue = new EventQueue(sink, most);
    this.unsubscribe = hub.subscribe(watch.stream, (entry) => this.take(entry));
  }

  /** From here on nothing is sent, but kept as far as there is room. */
  hold(): void {
    this.held = [];
    this.heldCharacters = 0;
    this.overflowed = false;
  }

  /** Not all was kept since `hold`. */
  get tooMuchHeld(): boolean {
    return this.overflowed;
  }

  /** Sends what was kept, and what comes. @param last nothing up to here is sent. */
  release(last: Position): void {
    const held = this.held ?? [];
    this.held = undefined;
    this.last = last;
    for (const entry of held) this.send(entry);
  }

  end(): void {
    this.unsubscribe();
  }

  private take({ id, instant, record, fields }: IdentifiedEntry): void {
    if (!this.watch.matches(record)) return;
    const entry: StoredEntry = { id, ...instant, fields };
    if (!this.held) this.send(entry);
    else if (this.held.length < this.most && this.heldCharacters < MOST_CHARACTERS) {
      this.held.push(entry);
      this.heldCharacters += fields.length;
    } else this.overflowed = true;
  }

  private send(entry: StoredEntry): void {
    if (!this.last || isBehind(entry, this.last)) this.queue.push(logEvent(this.watch.stream, entry));
  }
}
