import type { FileHandle } from 'node:fs/promises';
import { Writable } from 'node:stream';

/** What may gather while the disk is busy, to be written at once. */
const GATHERED_BYTES = 1024 * 1024;
/** The system is told to begin with putting it on disk: at the end there is little left to wait for. */
const SYNC_EVERY_BYTES = 32 * 1024 * 1024;

/**
 * Writes to the end of a file, and has what it has written synced on the way. What came last is left to whoever closes it.
 * Each piece is written as a whole: a plain `write` to a full disk may stop short of the end without an error.
 */
export function writingTo(file: FileHandle): Writable {
  let room: Buffer | undefined;
  let unsynced = 0;
  let syncing: Promise<void> | undefined;
  let failure: Error | undefined;

  const write = async (bytes: Buffer): Promise<void> => {
    await file.appendFile(bytes);
    unsynced += bytes.length;
    if (failure) throw failure;
    if (syncing || unsynced < SYNC_EVERY_BYTES) return;
    unsynced = 0;
    syncing = file
      .datasync()
      .catch((error: Error) => void (failure = error))
      .finally(() => (syncing = undefined));
  };
  // Into the same memory each time: what is made anew for it is garbage that all others wait for.
  const writeTogether = async (chunks: Buffer[]): Promise<void> => {
    room ??= Buffer.allocUnsafeSlow(GATHERED_BYTES);
    let filled = 0;
    for (const chunk of chunks)
      for (let from = 0; from < chunk.length;) {
        const copied = chunk.copy(room, filled, from);
        from += copied;
        filled += copied;
        if (filled < room.length) continue;
        await write(room);
        filled = 0;
      }
    if (filled > 0) await write(room.subarray(0, filled));
  };
  const settled = async (): Promise<void> => {
    await syncing;
    if (failure) throw failure;
  };
  return new Writable({
    highWaterMark: GATHERED_BYTES,
    write: (chunk: Buffer, _encoding, done) => void write(chunk).then(() => done(), done),
    writev: (chunks, done) =>
      void writeTogether(chunks.map(({ chunk }) => chunk as Buffer)).then(() => done(), done),
    final: (done) => void settled().then(() => done(), done),
    // The descriptor is still in use until then, and will be closed.
    destroy: (error, done) => void Promise.resolve(syncing).then(() => done(error)),
  });
}
