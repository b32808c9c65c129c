import { Readable } from 'node:stream';

/** Reads a stream by numbers of bytes. Holds one chunk of it at a time. */
export class ByteReader {
  private readonly source: AsyncIterator<Buffer>;
  private chunk: Buffer = Buffer.alloc(0);
  /** Bytes that have been handed out. */
  position = 0;

  constructor(private readonly input: AsyncIterable<Buffer>) {
    this.source = input[Symbol.asyncIterator]();
  }

  /** Whatever comes next, at most `limit` bytes of it; undefined at the end. */
  async some(limit: number): Promise<Buffer | undefined> {
    while (this.chunk.length === 0) {
      const next = await this.source.next();
      if (next.done) return undefined;
      this.chunk = next.value;
    }
    const part = this.chunk.subarray(0, limit);
    this.chunk = this.chunk.subarray(part.length);
    this.position += part.length;
    return part;
  }

  /** So many bytes as one buffer; fewer only at the end. */
  async take(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let missing = count; missing > 0;) {
      const part = await this.some(missing);
      if (!part) break;
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** So many bytes, as they come; fewer only at the end. */
  async *pass(count: number): AsyncGenerator<Buffer> {
    for (let missing = count; missing > 0;) {
      const part = await this.some(missing);
      if (!part) return;
      missing -= part.length;
      yield part;
    }
  }

  /** Ends the source, whether it was read to its end or not, without waiting for what it may still give. */
  close(): void {
    if (this.input instanceof Readable) this.input.destroy();
    else void this.source.return?.().catch(() => undefined);
  }
}
