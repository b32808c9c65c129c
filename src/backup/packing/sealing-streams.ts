import { createCipheriv, createDecipheriv } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { PackingDamage } from './packing-damage.js';
import type { Seal } from './seal.js';

/** Of age's format: content is sealed in chunks of this size, all full but the last one. */
const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const CIPHER = 'chacha20-poly1305';

/** Counts chunks, as age does; the last one is marked, so that a file cannot be cut between two. */
class ChunkNonce {
  private readonly nonce = Buffer.alloc(12);
  private count = 0;

  next(last: boolean): Buffer {
    this.nonce.writeUIntBE(this.count++, 5, 6);
    this.nonce[11] = last ? 1 : 0;
    return this.nonce;
  }
}

/** Makes chunks of one size of what comes; whether one is the last is only known when nothing comes any more. */
abstract class ChunkTransform extends Transform {
  private parts: Buffer[] = [];
  private held = 0;
  protected readonly nonce = new ChunkNonce();

  protected constructor(private readonly chunkBytes: number) {
    super();
  }

  /** @returns what becomes of a chunk. */
  protected abstract turn(chunk: Buffer, last: boolean): Buffer;

  override _transform(data: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      for (let rest = data; rest.length > 0;) {
        if (this.held === this.chunkBytes) this.push(this.turn(this.taken(), false));
        const part = rest.subarray(0, this.chunkBytes - this.held);
        this.parts.push(part);
        this.held += part.length;
        rest = rest.subarray(part.length);
      }
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    try {
      this.push(this.turn(this.taken(), true));
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  private taken(): Buffer {
    const chunk = this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts);
    this.parts = [];
    this.held = 0;
    return chunk;
  }
}

/** Writes what passes in the format of age. */
export class SealingStream extends ChunkTransform {
  private key: Buffer;

  /** @param begin is asked once, before anything passes. */
  constructor(private readonly begin: () => Promise<Seal>) {
    super(CHUNK_BYTES);
  }

  override _construct(done: (error?: Error) => void): void {
    this.begin().then(({ head, streamKey }) => {
      this.key = streamKey;
      this.push(head);
      done();
    }, done);
  }

  protected turn(chunk: Buffer, last: boolean): Buffer {
    const cipher = createCipheriv(CIPHER, this.key, this.nonce.next(last), { authTagLength: TAG_BYTES });
    return Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
  }
}

/** Opens what `SealingStream` has sealed. Fails with `PackingDamage` for anything else. */
export class OpeningStream extends ChunkTransform {
  private headBytes = 0;
  private chunks = 0;

  constructor(private readonly seal: Seal) {
    super(CHUNK_BYTES + TAG_BYTES);
  }

  override _transform(data: Buffer, encoding: BufferEncoding, done: TransformCallback): void {
    const { head } = this.seal;
    const missing = head.subarray(this.headBytes, this.headBytes + data.length);
    if (!data.subarray(0, missing.length).equals(missing))
      return done(new PackingDamage('the header of the sealed file is not the one that was written'));
    this.headBytes += missing.length;
    super._transform(data.subarray(missing.length), encoding, done);
  }

  protected turn(chunk: Buffer, last: boolean): Buffer {
    const number = ++this.chunks;
    const content = chunk.length - TAG_BYTES;
    // Only of nothing at all a chunk may be empty.
    if (content < 0 || (content === 0 && number > 1))
      throw new PackingDamage('the sealed file ends in the middle');
    const nonce = this.nonce.next(last);
    const cipher = createDecipheriv(CIPHER, this.seal.streamKey, nonce, { authTagLength: TAG_BYTES });
    cipher.setAuthTag(chunk.subarray(content));
    const opened = cipher.update(chunk.subarray(0, content));
    try {
      cipher.final();
    } catch {
      const what = last ? 'ends in the middle, or its last part is damaged' : 'is damaged';
      throw new PackingDamage(`the sealed file ${what} (chunk ${number})`);
    }
    return opened;
  }
}
