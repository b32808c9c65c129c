import { Transform, type TransformCallback } from 'node:stream';
import { failpoint } from '../../failpoints.js';
import { type Sha256, sha256For } from './sha256.js';

/**
 * Hashes what passes, and holds the last chunk back until its owner has taken note of the SHA-256: whoever has the
 * whole file can ask for its digest.
 */
export class DigestBeforeEnd extends Transform {
  private readonly hash: Sha256;
  private bytes = 0;

  constructor(
    /** Bytes that will pass. */
    private readonly size: number,
    private readonly takeNote: (sha256: string) => Promise<void>,
  ) {
    super();
    this.hash = sha256For(size);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.pass(chunk).then(() => done(null, chunk), done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    void Promise.resolve(this.hash.giveUp()).then(() => done(error));
  }

  private async pass(chunk: Buffer): Promise<void> {
    await this.hash.update(chunk);
    this.bytes += chunk.length;
    await failpoint('backup.sending');
    if (this.bytes === this.size) await this.takeNote(await this.hash.digest());
  }
}
