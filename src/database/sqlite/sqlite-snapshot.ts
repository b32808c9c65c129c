import { type FileHandle, open, unlink } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Manifest, Snapshot } from '../database.js';
import type { GenerationFiles } from '../generations/generation-files.js';
import type { SqliteConnection } from './sqlite-connection.js';
import type { SqliteGeneration } from './sqlite-generation.js';
import { SnapshotStream } from './snapshot-stream.js';

export interface SnapshotLimits {
  walBudgetBytes: number;
  /** @throws Problem INSUFFICIENT_STORAGE unless so many bytes fit into the folder. */
  requireRoom(folder: string, bytes: number): Promise<void>;
}

/** A read transaction on a connection of its own: for as long as it lasts, its instant stays readable. */
export interface Pin {
  generation: SqliteGeneration;
  connection: SqliteConnection;
  manifest: Manifest;
}

/** Pages a step of a copy, 16 MiB: large enough to be quick, small enough not to hold a thread for long. */
const COPY_PAGES = 4096;

/**
 * The pinned reader stands at mark 0 of the write-ahead log: it reads the main file alone, so that SQLite may not
 * change that file until the pin is released. The file *is* the snapshot.
 */
export async function liveSnapshot(
  pin: Pin,
  files: GenerationFiles,
  limits: SnapshotLimits,
): Promise<Snapshot> {
  const { file } = pin.generation;
  const release = () => pin.generation.unpin(pin.connection);
  const { size } = await file.stat().catch(async (error: unknown) => {
    await release();
    throw error;
  });
  return snapshotOf(pin.manifest, 'live', {
    handle: file,
    size,
    tooDear: async () => (await pin.generation.walBytes()) > limits.walBudgetBytes,
    spillPath: async (bytes) => {
      await limits.requireRoom(files.directory, bytes);
      return files.temporaryPath('copy');
    },
    release,
  });
}

/** A reader of an older state was in the way: the pinned instant is copied out, and the copy is the snapshot. */
export async function copiedSnapshot(
  pin: Pin,
  files: GenerationFiles,
  limits: SnapshotLimits,
): Promise<Snapshot> {
  const path = files.temporaryPath('copy');
  let handle: FileHandle;
  try {
    const needed = (await pin.generation.file.stat()).size + (await pin.generation.walBytes());
    await limits.requireRoom(files.directory, needed);
    await pin.connection.copyTo(path, COPY_PAGES);
    handle = await open(path, 'r');
  } finally {
    await unlink(path).catch(() => undefined);
    await pin.generation.unpin(pin.connection);
  }
  return snapshotOf(pin.manifest, 'copy', {
    handle,
    size: (await handle.stat()).size,
    tooDear: () => Promise.resolve(false),
    spillPath: () => Promise.reject(new Error('a copy is never put aside')),
    release: () => handle.close(),
  });
}

function snapshotOf(
  manifest: Manifest,
  method: Snapshot['method'],
  frozen: ConstructorParameters<typeof SnapshotStream>[0],
): Snapshot {
  let released: Promise<void> | undefined;
  const release = () => (released ??= frozen.release());
  let stream: Readable | undefined;
  return {
    manifest,
    method,
    size: frozen.size,
    stream: () => (stream = new SnapshotStream({ ...frozen, release })),
    release: async () => {
      if (!stream || stream.closed) return release();
      await new Promise<void>((resolve) => stream!.once('close', resolve).destroy());
    },
  };
}
