import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { failpoint } from '../failpoints.js';

/**
 * Hashes what passes, and holds the last chunk back until its owner has taken note of the SHA-256: whoever has the
 * whole file can ask for its digest.
 */
export class DigestBeforeEnd extends Transform {
  private readonly hash = createHash('sha256');
  private bytes = 0;

  constructor(
    /** Bytes that will pass. */
    private readonly size: number,
    private readonly takeNote: (sha256: string) => Promise<void>,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.hash.update(chunk);
    this.bytes += chunk.length;
    failpoint('backup.sending')
      .then(() => (this.bytes === this.size ? this.takeNote(this.hash.digest('hex')) : undefined))
      .then(() => done(null, chunk), done);
  }
}
