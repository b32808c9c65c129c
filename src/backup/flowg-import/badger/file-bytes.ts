import { fstatSync, readSync } from 'node:fs';
import { FileRefusal } from '../../../database/portable-file/file-refusal.js';

const CHUNK_BYTES = 1024 * 1024;

/** The bytes of a file from its beginning, without holding more of them than is asked for at a time. */
export class FileBytes {
  /** Bytes of the whole file. */
  readonly size: number;
  private chunk: Buffer = Buffer.alloc(0);
  private chunkStart = 0;
  private place = 0;

  constructor(private readonly descriptor: number) {
    this.size = fstatSync(descriptor).size;
  }

  /** Where the next byte stands. */
  get position(): number {
    return this.place;
  }

  get left(): number {
    return this.size - this.place;
  }

  /** The next bytes; they stay as they are when more is read. @throws FileRefusal when there are not so many left. */
  take(count: number): Buffer {
    if (count > this.left) {
      throw new FileRefusal(
        'size',
        `the file is cut short: ${count} bytes should stand at byte ${this.place}, ${this.left} do`,
      );
    }
    const end = this.place + count;
    if (end > this.chunkStart + this.chunk.length) this.readFrom(this.place, count);
    const from = this.place - this.chunkStart;
    this.place = end;
    return this.chunk.subarray(from, from + count);
  }

  skip(count: number): void {
    if (count > this.left) this.take(count);
    this.place += count;
    if (this.place > this.chunkStart + this.chunk.length) {
      this.chunk = Buffer.alloc(0);
      this.chunkStart = this.place;
    }
  }

  /** A chunk of its own each time: what was taken before may still be in use. */
  private readFrom(start: number, least: number): void {
    const wanted = Buffer.allocUnsafe(Math.min(this.size - start, Math.max(least, CHUNK_BYTES)));
    let filled = 0;
    while (filled < wanted.length) {
      const read = readSync(this.descriptor, wanted, filled, wanted.length - filled, start + filled);
      if (read === 0) throw new Error('the file became shorter while it was read');
      filled += read;
    }
    this.chunk = wanted;
    this.chunkStart = start;
  }
}
