import { compareWindow } from './compare-window.js';
import { type EntryDifference, EntryTally } from './entry-tally.js';
import { contentOf, endOfWindow, endsOf, NOTHING, textOf, type Window } from './entry-windows.store.js';
import type { StreamState } from './stream-states.store.js';
import type { WalkOptions } from './walk-sizes.js';

/**
 * Walks along both sides from one window of time to the next. A window ends with a whole millisecond, the same one on both
 * sides, so that they are side by side again behind whatever is different, and the order inside a millisecond does not
 * matter. Most windows are equal, or empty on one side, and both is found without looking at entries one by one.
 * @param before undefined for a stream that is only there afterwards. @param after the reverse.
 * @throws the reason of the signal.
 */
export async function entryDifference(
  before: StreamState | undefined,
  after: StreamState | undefined,
  options: WalkOptions,
): Promise<EntryDifference> {
  const difference: EntryDifference = { gained: new EntryTally(), lost: new EntryTally() };
  for (let afterMs = -1; afterMs < Infinity;) {
    options.signal?.throwIfAborted();
    const { windowEntries } = options.sizes;
    const ends = [
      await nextEnd(before, afterMs, windowEntries),
      await nextEnd(after, afterMs, windowEntries),
    ];
    const toMs = Math.min(...ends);
    await addWindow(before, after, { afterMs, toMs }, difference, options);
    afterMs = toMs;
  }
  return difference;
}

async function nextEnd(state: StreamState | undefined, afterMs: number, most: number): Promise<number> {
  return (state && (await endOfWindow(state, afterMs, most))) ?? Infinity;
}

async function addWindow(
  before: StreamState | undefined,
  after: StreamState | undefined,
  window: Window,
  difference: EntryDifference,
  options: WalkOptions,
): Promise<void> {
  const old = before ? await contentOf(before, window) : NOTHING;
  const young = after ? await contentOf(after, window) : NOTHING;
  if (old.count === 0 || young.count === 0) {
    if (before && old.count > 0) await addAll(before, window, old.count, difference.lost);
    if (after && young.count > 0) await addAll(after, window, young.count, difference.gained);
    return;
  }
  const mayBeEqual = old.count === young.count && old.bytes === young.bytes;
  if (mayBeEqual && old.bytes <= options.sizes.textBytes)
    if ((await textOf(before!, window)) === (await textOf(after!, window))) return;
  await compareWindow(before!, after!, window, old.count + young.count, difference, options);
}

async function addAll(state: StreamState, window: Window, count: number, tally: EntryTally): Promise<void> {
  const ends = await endsOf(state, window);
  if (ends) tally.addRange(count, ends);
}
