import { Copies } from './copies.js';
import { compareCrowded } from './crowded-millisecond.store.js';
import {
  type Difference,
  type EntryKey,
  identified,
  keysFrom,
  PAGE_KEYS,
  type StreamSide,
} from './stream-side.store.js';

/**
 * Goes along both sides of a stream, in the order of time, a bounded number of entries at once, and tells what is in
 * the source only. The same are entries with the same instant and the same text of fields; of several that are the
 * same as many are missing as the source has more.
 *
 * Only what shares its millisecond with an entry of the other side has its fields read.
 * @param target undefined where the target has no such stream.
 * @param fromMs what is older is left out, Unix milliseconds.
 */
export async function* differences(
  source: StreamSide,
  target: StreamSide | undefined,
  fromMs: number,
): AsyncGenerator<Difference> {
  for (let nextMs = fromMs; ;) {
    const keys = await keysFrom(source, nextMs);
    const firstMs = keys[0]?.timestampMs;
    if (firstMs === undefined) return;
    const others = target ? await keysFrom(target, firstMs) : [];
    const endMs = Math.min(lastWholeMs(keys), lastWholeMs(others));
    if (endMs < firstMs) {
      yield* compareCrowded(source, target, firstMs);
      nextMs = firstMs + 1;
    } else {
      yield await compare(
        { ...source, keys: keys.filter(({ timestampMs }) => timestampMs <= endMs) },
        target && { ...target, keys: others.filter(({ timestampMs }) => timestampMs <= endMs) },
      );
      if (endMs === Infinity) return;
      nextMs = endMs + 1;
    }
  }
}

/** Up to where a page has all there is: a full one may end in the middle of a millisecond. */
function lastWholeMs(keys: EntryKey[]): number {
  return keys.length < PAGE_KEYS ? Infinity : keys.at(-1)!.timestampMs - 1;
}

type Piece = StreamSide & { keys: EntryKey[] };

async function compare(source: Piece, target: Piece | undefined): Promise<Difference> {
  const shared = sharedMilliseconds(source.keys, target?.keys ?? []);
  if (!target || shared.size === 0) return { there: 0, missing: source.keys };
  const isShared = ({ timestampMs }: EntryKey) => shared.has(timestampMs);
  const copies = new Copies();
  for await (const page of identified(target, target.keys.filter(isShared)))
    for (const entry of page) copies.add(entry);
  const difference: Difference = { there: 0, missing: source.keys.filter((key) => !isShared(key)) };
  for await (const page of identified(source, source.keys.filter(isShared))) {
    const { there, missing, twin } = copies.takeAll(page);
    difference.there += there;
    difference.missing.push(...missing);
    difference.twin = twin ?? difference.twin;
  }
  return difference;
}

function sharedMilliseconds(keys: EntryKey[], others: EntryKey[]): Set<number> {
  const milliseconds = new Set(keys.map(({ timestampMs }) => timestampMs));
  return new Set(
    others.map(({ timestampMs }) => timestampMs).filter((timestampMs) => milliseconds.has(timestampMs)),
  );
}
