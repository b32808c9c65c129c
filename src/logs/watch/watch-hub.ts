import { Injectable, Logger } from '@nestjs/common';
import type { IdentifiedEntry } from '../entries/entries.store.js';

export type EntryListener = (entry: IdentifiedEntry) => void;

/** Tells what is stored, right after it is, in the order of storing, to whoever listens to the stream. */
@Injectable()
export class WatchHub {
  private readonly log = new Logger('Watch');
  private readonly listeners = new Map<string, Set<EntryListener>>();

  /** Listeners are called in the middle of everybody's ingest: they must be quick. */
  subscribe(stream: string, listener: EntryListener): () => void {
    const ofStream = this.listeners.get(stream) ?? new Set();
    this.listeners.set(stream, ofStream.add(listener));
    return () => {
      ofStream.delete(listener);
      if (ofStream.size === 0 && this.listeners.get(stream) === ofStream) this.listeners.delete(stream);
    };
  }

  publish(entries: IdentifiedEntry[]): void {
    if (this.listeners.size === 0) return;
    for (const entry of entries) {
      for (const listener of this.listeners.get(entry.stream) ?? []) this.tell(listener, entry);
    }
  }

  /** What is stored is stored, whatever becomes of telling it. */
  private tell(listener: EntryListener, entry: IdentifiedEntry): void {
    try {
      listener(entry);
    } catch (error) {
      this.log.error('somebody who watches could not be told', (error as Error).stack);
    }
  }
}
