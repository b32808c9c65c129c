import { setTimeout as sleep } from 'node:timers/promises';
import { DestinationError } from '../destinations/destination.js';

/** Between one attempt and the next: what does not work after these is no matter of moments. */
const PAUSES_MILLISECONDS = [1000, 5000, 25_000, 125_000];

export interface Attempts {
  signal: AbortSignal;
  /** No attempt begins after this, Unix milliseconds: the next one of the schedule is due. */
  untilMs: number;
  /** Told of each attempt that failed and is repeated. */
  failed(error: DestinationError, pauseMs: number): void;
}

/** Repeats what failed at a destination in a way that may be over soon. @throws whatever the last attempt threw. */
export async function attempt<T>(task: () => Promise<T>, { signal, untilMs, failed }: Attempts): Promise<T> {
  for (const pauseMs of PAUSES_MILLISECONDS) {
    try {
      return await task();
    } catch (error) {
      const again = error instanceof DestinationError && error.retriable && !signal.aborted;
      if (!again || Date.now() + pauseMs >= untilMs) throw error;
      failed(error, pauseMs);
      await sleep(pauseMs, undefined, { signal });
    }
  }
  return task();
}
