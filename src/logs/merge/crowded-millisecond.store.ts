import { Copies } from './copies.js';
import {
  type Difference,
  type Identified,
  identified,
  keysOfMillisecond,
  type StreamSide,
} from './stream-side.store.js';

/** Entries of one side that are remembered at once. */
const SHARE_ENTRIES = 50_000;

/**
 * Compares a millisecond that has too many entries to remember them all, as where somebody else gave the times, to the
 * second: a share of them at a time, by what they are, so that the same ones of both sides are in the same share.
 */
export async function* compareCrowded(
  source: StreamSide,
  target: StreamSide | undefined,
  timestampMs: number,
): AsyncGenerator<Difference> {
  const entries = target ? await countEntries(target, timestampMs) : 0;
  if (!target || entries === 0) {
    for await (const missing of keysOfMillisecond(source, timestampMs)) yield { there: 0, missing };
    return;
  }
  const shares = Math.ceil(entries / SHARE_ENTRIES);
  for (let share = 0; share < shares; share++) {
    const isMine = ({ identity }: Identified) => shareOf(identity, shares) === share;
    const copies = new Copies();
    for await (const page of entriesOf(target, timestampMs))
      for (const entry of page) if (isMine(entry)) copies.add(entry);
    for await (const page of entriesOf(source, timestampMs)) yield copies.takeAll(page.filter(isMine));
  }
}

async function countEntries(side: StreamSide, timestampMs: number): Promise<number> {
  let entries = 0;
  for await (const keys of keysOfMillisecond(side, timestampMs)) entries += keys.length;
  return entries;
}

async function* entriesOf(side: StreamSide, timestampMs: number): AsyncGenerator<Identified[]> {
  for await (const keys of keysOfMillisecond(side, timestampMs)) yield* identified(side, keys);
}

/** By the end of an identity, which is a hash. */
function shareOf(identity: string, shares: number): number {
  return Buffer.from(identity.slice(-8), 'base64').readUInt32BE() % shares;
}
