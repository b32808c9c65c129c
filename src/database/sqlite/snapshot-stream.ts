import { type FileHandle, open, unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { CHUNK_BYTES, giveBackChunk, lendChunk } from '../lent-chunks.js';
import { markSelfContained } from '../portable-file/file-header.js';

/** How often a stream looks at what holding on costs. */
const WATCH_MILLISECONDS = 200;

/** A file whose first `size` bytes do not change until `release` is called. */
export interface FrozenFile {
  handle: FileHandle;
  size: number;
  /** True when holding on has become too dear. */
  tooDear(): Promise<boolean>;
  /** Names a file where the last `bytes` bytes may be put aside. @throws Problem when they do not fit. */
  spillPath(bytes: number): Promise<string>;
  release(): Promise<void>;
}

/**
 * Streams a frozen file to a client of any speed. As long as the client keeps up, the bytes come from the file as it
 * lies. When the client is slow and holding on becomes too dear, the rest is copied aside at the speed of the disk,
 * the file is let go, and the client goes on from the copy without noticing.
 */
export class SnapshotStream extends Readable {
  private position = 0;
  private source: { handle: FileHandle; offset: number };
  private chunk: Promise<void> = Promise.resolve();
  private spill?: FileHandle;
  private spilling: Promise<void> = Promise.resolve();
  private readonly watch: NodeJS.Timeout;

  constructor(private readonly frozen: FrozenFile) {
    super({ highWaterMark: CHUNK_BYTES });
    this.source = { handle: frozen.handle, offset: 0 };
    this.watch = setTimeout(() => this.look(), WATCH_MILLISECONDS);
  }

  override _read(): void {
    this.chunk = this.readChunk().then(
      (chunk) => void this.push(chunk),
      (error) => void this.destroy(error),
    );
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.watch);
    void Promise.allSettled([this.chunk, this.spilling])
      .then(() => Promise.allSettled([this.spill?.close(), this.frozen.release()]))
      .then(() => done(error));
  }

  private async readChunk(): Promise<Buffer | null> {
    const length = Math.min(CHUNK_BYTES, this.frozen.size - this.position);
    if (length === 0) return null;
    const { handle, offset } = this.source;
    const chunk = await readExactly(handle, length, this.position - offset);
    if (this.position === 0) markSelfContained(chunk);
    this.position += length;
    return chunk;
  }

  private look(): void {
    this.spilling = this.frozen
      .tooDear()
      .then((tooDear) => {
        if (this.destroyed) return;
        if (tooDear) return this.putAside();
        this.watch.refresh();
      })
      .catch((error) => void this.destroy(error));
  }

  private async putAside(): Promise<void> {
    const from = this.position;
    const path = await this.frozen.spillPath(this.frozen.size - from);
    const spill = (this.spill = await open(path, 'wx+', 0o600));
    // Without a name it is gone with its descriptor, however this ends.
    await unlink(path);
    for (let at = from; at < this.frozen.size && !this.destroyed; at += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, this.frozen.size - at);
      const chunk = await readExactly(this.frozen.handle, length, at);
      await spill.appendFile(chunk);
      giveBackChunk(chunk);
    }
    const lastFromFile = this.chunk;
    this.source = { handle: spill, offset: from };
    await lastFromFile;
    await this.frozen.release();
  }
}

async function readExactly(handle: FileHandle, length: number, position: number): Promise<Buffer> {
  const buffer = length === CHUNK_BYTES ? lendChunk() : Buffer.allocUnsafe(length);
  for (let filled = 0; filled < length;) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) throw new Error(`the file ends at byte ${position + filled}, too early`);
    filled += bytesRead;
  }
  return buffer;
}
