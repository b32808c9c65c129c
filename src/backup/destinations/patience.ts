import { stalled } from './faults.js';

/** Seconds without any progress after which a destination is given up. */
export interface Patience {
  /** Name of the destination. */
  destination: string;
  idleSeconds: number;
}

/** Work that is given up may use so much more time to clear up before its end is told. */
const GRACE_MILLISECONDS = 5_000;

/**
 * Does work that may stand still: on a file system whose server is gone a call never comes back.
 * @param work gets a signal that tells it to clear up and end, and what to call whenever it gets on.
 * @throws whatever `work` throws; DestinationError `stalled`; the reason of `signal`.
 */
export async function patiently<Result>(
  patience: Patience,
  signal: AbortSignal,
  work: (signal: AbortSignal, getsOn: () => void) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const ended = new AbortController();
  let grace: NodeJS.Timeout | undefined;
  const abort = () => ended.abort(signal.reason);
  const idle = setTimeout(
    () => ended.abort(stalled(patience.destination, patience.idleSeconds)),
    patience.idleSeconds * 1000,
  );
  const getsOn = () => void (ended.signal.aborted || idle.refresh());
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await new Promise<Result>((resolve, reject) => {
      ended.signal.addEventListener('abort', () => {
        grace = setTimeout(() => reject(ended.signal.reason as Error), GRACE_MILLISECONDS);
      });
      work(ended.signal, getsOn).then(resolve, reject);
    });
  } catch (error) {
    throw ended.signal.aborted ? ended.signal.reason : error;
  } finally {
    signal.removeEventListener('abort', abort);
    clearTimeout(idle);
    clearTimeout(grace);
  }
}

/** Waits for something that gives up by itself when it does not get on. */
export async function whileItLasts<Result>(
  { idleSeconds }: Patience,
  getsOn: () => void,
  work: Promise<Result>,
): Promise<Result> {
  const ticking = setInterval(getsOn, idleSeconds * 250);
  try {
    return await work;
  } finally {
    clearInterval(ticking);
    getsOn();
  }
}
