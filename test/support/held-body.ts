import { Transform, type TransformCallback } from 'node:stream';

/** Lets a body pass when all of it is there and is right; what is not ends as an error. */
export class HeldBody extends Transform {
  private readonly chunks: Buffer[] = [];

  /** @param judge returns what is wrong with the body. */
  constructor(private readonly judge: (body: Buffer) => string | undefined) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.chunks.push(chunk);
    done();
  }

  override _flush(done: TransformCallback): void {
    const body = Buffer.concat(this.chunks);
    const wrong = this.judge(body);
    if (wrong === undefined) done(null, body);
    else done(new Error(wrong));
  }
}
