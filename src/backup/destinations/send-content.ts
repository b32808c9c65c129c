import type { Readable } from 'node:stream';
import { giveBackChunk } from '../../database/lent-chunks.js';
import { failpoint } from '../../failpoints.js';
import { countWritten } from './destination-metrics.js';

/**
 * Hands content on, chunk by chunk. Once a chunk has been taken it may be filled with something else. Errors of the content
 * are thrown as they are.
 * @returns how many bytes there were.
 */
export async function sendContent(
  destination: string,
  content: Readable,
  { signal, getsOn }: { signal: AbortSignal; getsOn: () => void },
  take: (chunk: Buffer) => Promise<void>,
): Promise<number> {
  const chunks = content[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let bytes = 0;
  for (;;) {
    const { done, value } = await orAborted(chunks.next(), signal);
    if (done) return bytes;
    getsOn();
    await take(value);
    await failpoint('destination.sending');
    signal.throwIfAborted();
    getsOn();
    bytes += value.length;
    giveBackChunk(value);
    countWritten(destination, value.length);
  }
}

/** What content stands still at may never end, not even when the content is destroyed: nobody waits for it then. */
function orAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/**
 * Does work with content, which is destroyed at the end, however that comes. Content may fail before anybody reads it: the
 * stream keeps its error, which must not end the process meanwhile.
 */
export async function holdingContent<Result>(
  content: Readable,
  work: () => Promise<Result>,
): Promise<Result> {
  content.on('error', () => undefined);
  try {
    return await work();
  } finally {
    content.destroy();
  }
}
