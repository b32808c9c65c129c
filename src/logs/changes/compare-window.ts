import { createHash } from 'node:crypto';
import type { Instant } from '../instant.js';
import { Turns } from '../turns.js';
import type { EntryDifference } from './entry-tally.js';
import { entryPages, type Window } from './entry-windows.store.js';
import type { StreamState } from './stream-states.store.js';
import type { WalkOptions } from './walk-sizes.js';

interface Surplus extends Instant {
  /** How many more of it there are afterwards than before; below 0 for fewer. */
  count: number;
}

/**
 * Looks at each entry of both sides. An entry is its time and its fields, and the same one may be there several times, so
 * entries that both sides have cancel each other out. Entries are remembered by the SHA-256 of what they are; where there
 * are too many, those with the first hashes are looked at first and the window is read again for the others.
 * @param count how many entries there are on both sides together.
 */
export async function compareWindow(
  before: StreamState,
  after: StreamState,
  window: Window,
  count: number,
  difference: EntryDifference,
  options: WalkOptions,
): Promise<void> {
  const passes = Math.ceil(count / options.sizes.rememberedEntries);
  for (let pass = 0; pass < passes; pass++) {
    const surpluses = new Map<string, Surplus>();
    const isOfPass = (hash: Buffer) => hash.readUInt32LE() % passes === pass;
    await addEntries(surpluses, before, window, -1, isOfPass, options);
    await addEntries(surpluses, after, window, 1, isOfPass, options);
    for (const surplus of surpluses.values()) {
      const { gained, lost } = difference;
      (surplus.count > 0 ? gained : lost).add(surplus, Math.abs(surplus.count));
    }
  }
}

async function addEntries(
  surpluses: Map<string, Surplus>,
  state: StreamState,
  window: Window,
  step: 1 | -1,
  isOfPass: (hash: Buffer) => boolean,
  { sizes, signal }: WalkOptions,
): Promise<void> {
  const turns = new Turns();
  for await (const page of entryPages(state, window, sizes)) {
    signal?.throwIfAborted();
    for (const { timestampMs, subNs, fields } of page) {
      if (turns.over) await turns.pass();
      const hash = createHash('sha256').update(`${timestampMs} ${subNs} ${fields}`).digest();
      if (!isOfPass(hash)) continue;
      const key = hash.toString('latin1');
      const count = (surpluses.get(key)?.count ?? 0) + step;
      if (count === 0) surpluses.delete(key);
      else surpluses.set(key, { timestampMs, subNs, count });
    }
  }
}
