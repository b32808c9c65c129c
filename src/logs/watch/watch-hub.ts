import { Injectable } from '@nestjs/common';
import type { IdentifiedEntry } from '../entries/entries.store.js';

export type EntryListener = (entry: IdentifiedEntry) => void;

/** Tells what is stored, right after it is, in the order of storing, to whoever listens to the stream. */
@Injectable()
export class WatchHub {
  private readonly listeners = new Map<string, Set<EntryListener>>();

  /** Listeners are called in the middle of everybody's ingest: they must be quick and must not throw. */
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
    for (const entry of entries)
      for (const listener of this.listeners.get(entry.stream) ?? []) listener(entry);
  }
}
