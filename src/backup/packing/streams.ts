import { createHash } from 'node:crypto';
import { pipeline, type Readable, Transform, type TransformCallback } from 'node:stream';

/** @returns the last of the steps. When one of all fails, or the last is given up, so are the others. */
export function through(source: Readable, steps: (Transform | false | undefined)[]): Readable {
  const [first, ...others] = steps.filter((step) => step instanceof Transform);
  // The last one fails with the same error: it is told to whoever takes from it, also if that begins later.
  const last = pipeline([source, first!, ...others], () => undefined) as unknown as Transform;
  return last.on('error', () => undefined);
}

/** Counts and hashes what passes. */
export class Measure extends Transform {
  bytes = 0;
  private sha256 = '';
  private readonly hash = createHash('sha256');

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.bytes += chunk.length;
    this.hash.update(chunk);
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    this.sha256 = this.hash.digest('hex');
    done();
  }

  /** Of all that has passed, once nothing comes any more. */
  result(): { bytes: number; sha256: string } {
    return { bytes: this.bytes, sha256: this.sha256 };
  }
}
