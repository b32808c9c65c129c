import { type Readable, Transform, type TransformCallback } from 'node:stream';
import type { DestinationError } from './destination.js';
import { incomplete, stalled } from './faults.js';
import type { Patience } from './patience.js';

/**
 * The bytes of a file as they come, watched: an early end, silence of the destination and the signal are errors. A reader
 * that takes its time is none.
 * @param bytes that there have to be.
 * @param asFault makes a DestinationError of an error of the source.
 */
export function guardedRead(
  source: Readable,
  bytes: number,
  patience: Patience,
  signal: AbortSignal,
  asFault: (error: unknown) => Error,
): Readable {
  const guard = new ReadGuard(bytes, patience);
  const abort = () => guard.destroy(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  source.once('error', (error) => guard.destroy(asFault(error)));
  source.once('close', () => {
    if (!source.readableEnded) guard.destroy(guard.cutShort());
  });
  guard.once('close', () => {
    signal.removeEventListener('abort', abort);
    source.destroy();
  });
  if (signal.aborted) abort();
  return source.pipe(guard);
}

class ReadGuard extends Transform {
  private seen = 0;
  private readonly idle: NodeJS.Timeout;

  constructor(
    private readonly bytes: number,
    private readonly patience: Patience,
  ) {
    super();
    this.idle = setTimeout(() => this.judgeSilence(), patience.idleSeconds * 1000);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.seen += chunk.length;
    this.idle.refresh();
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    clearTimeout(this.idle);
    done(this.seen === this.bytes ? null : this.cutShort());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.idle);
    done(error);
  }

  cutShort(): DestinationError {
    return incomplete(this.patience.destination, 'sent', this.seen, this.bytes);
  }

  /** Where something waits to be taken, the silence is that of the reader. */
  private judgeSilence(): void {
    if (this.readableLength > 0) this.idle.refresh();
    else this.destroy(stalled(this.patience.destination, this.patience.idleSeconds));
  }
}
