import type { Position } from '../entries/stored-entry.js';
import type { Difference, Identified } from './stream-side.store.js';

/**
 * Entries of the target, by what makes them the same as one of the source. A log may be there twice, and then both are
 * meant: so each can be taken once.
 */
export class Copies {
  private readonly places = new Map<string, Position[]>();

  add({ identity, timestampMs, id }: Identified): void {
    const places = this.places.get(identity);
    if (places) places.push({ timestampMs, id });
    else this.places.set(identity, [{ timestampMs, id }]);
  }

  /** Uses up the copies of `entries`; those of which there is none, or none any more, are missing. */
  takeAll(entries: Identified[]): Difference {
    const difference: Difference = { there: 0, missing: [] };
    for (const { identity, ...key } of entries) {
      const twin = this.places.get(identity)?.pop();
      if (twin) Object.assign(difference, { there: difference.there + 1, twin });
      else difference.missing.push(key);
    }
    return difference;
  }
}
