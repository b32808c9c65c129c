import { constants } from 'node:fs';
import { access, type FileHandle, lstat, open, readdir, stat, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { checkDestination } from '../check-destination.js';
import type { Destination, StoredFile } from '../destination.js';
import { full, noSuchFile } from '../faults.js';
import { isFileName, requireFileName } from '../file-name.js';
import { guardedRead } from '../guarded-read.js';
import { type Patience, patiently } from '../patience.js';
import { holdingContent, sendContent } from '../send-content.js';
import { folderFault } from './folder-faults.js';
import { removeUnfinished, syncNames, UnfinishedFile } from './unfinished-file.js';

/** The room that is left is asked for once in so many bytes. */
const BYTES_BETWEEN_QUESTIONS = 16 * 1024 * 1024;
const READ_BYTES = 256 * 1024;
/** A mount whose server is gone must not keep this one from starting. */
const LOOK_SECONDS = 5;

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY, R_OK, W_OK, X_OK } = constants;

export interface FolderLimits {
  idleSeconds: number;
  /** Bytes that stay free, since the databases may lie on the same disk. */
  reserveBytes: number;
}

/** A folder, on a disk or mounted from elsewhere. The server never makes it: where a mount is missing, its place is not it. */
export class FolderDestination implements Destination {
  readonly kind = 'folder';
  private readonly patience: Patience;

  constructor(
    readonly name: string,
    private readonly folder: string,
    private readonly limits: FolderLimits,
  ) {
    this.patience = { destination: name, idleSeconds: limits.idleSeconds };
  }

  write(name: string, content: Readable, signal: AbortSignal): Promise<void> {
    return holdingContent(content, () => {
      requireFileName(name);
      return patiently(this.patience, signal, (inner, getsOn) => this.put(name, content, inner, getsOn));
    });
  }

  async read(name: string, signal: AbortSignal): Promise<Readable> {
    requireFileName(name);
    const { file, bytes } = await this.calls(signal, (inner) => this.openFile(name, inner));
    const source = file.createReadStream({ highWaterMark: READ_BYTES });
    return guardedRead(source, bytes, this.patience, signal, (error) => folderFault(this.name, error));
  }

  list(prefix: string, signal: AbortSignal): Promise<StoredFile[]> {
    return this.calls(signal, async (inner, getsOn) => {
      const found: StoredFile[] = [];
      for (const entry of await readdir(this.folder, { withFileTypes: true })) {
        inner.throwIfAborted();
        if (!entry.isFile() || !entry.name.startsWith(prefix) || !isFileName(entry.name)) continue;
        const seen = await lstat(join(this.folder, entry.name)).catch(unlessMissing);
        if (seen) found.push({ name: entry.name, bytes: seen.size, modifiedMs: Math.round(seen.mtimeMs) });
        getsOn();
      }
      return found;
    });
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    requireFileName(name);
    await this.calls(signal, async () => {
      await unlink(join(this.folder, name)).catch(unlessMissing);
      // Also tells a folder that is gone from a file that is.
      await syncNames(this.folder);
    });
  }

  removeUnfinished(
    prefix: string,
    isMeant: (name: string) => boolean,
    signal: AbortSignal,
  ): Promise<string[]> {
    return this.calls(signal, () =>
      removeUnfinished(this.folder, (name) => name.startsWith(prefix) && isMeant(name)),
    );
  }

  check(signal: AbortSignal): Promise<void> {
    return checkDestination(this, signal);
  }

  /** Whether it is there and the server may write, as far as can be seen without writing. @throws DestinationError. */
  async look(): Promise<void> {
    const patience = { destination: this.name, idleSeconds: LOOK_SECONDS };
    await patiently(patience, new AbortController().signal, () => this.own(this.requireWritable()));
  }

  private async requireWritable(): Promise<void> {
    if (!(await stat(this.folder)).isDirectory())
      throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' });
    await access(this.folder, R_OK | W_OK | X_OK);
  }

  private async put(name: string, content: Readable, signal: AbortSignal, getsOn: () => void): Promise<void> {
    const file = await this.own(UnfinishedFile.create(this.folder, name));
    try {
      await this.own(file.removeForsaken(this.limits.idleSeconds));
      await this.own(this.requireRoom());
      let unasked = 0;
      await sendContent(this.name, content, { signal, getsOn }, async (chunk) => {
        await this.own(file.write(chunk));
        unasked += chunk.length;
        if (unasked < BYTES_BETWEEN_QUESTIONS) return;
        unasked = 0;
        await this.own(this.requireRoom());
      });
      await this.own(file.finish(name, signal));
    } catch (error) {
      await file.discard();
      throw error;
    }
  }

  private async openFile(name: string, signal: AbortSignal): Promise<{ file: FileHandle; bytes: number }> {
    // Opening a named pipe must not wait for somebody who writes to it.
    const file = await open(join(this.folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(unlessMissing);
    if (!file) {
      await stat(this.folder);
      throw noSuchFile(this.name, name);
    }
    try {
      const seen = await file.stat();
      signal.throwIfAborted();
      if (!seen.isFile()) throw Object.assign(new Error('no file'), { code: 'EISDIR' });
      return { file, bytes: seen.size };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** @throws DestinationError `full`. A file system that does not know how large it is says 0. */
  private async requireRoom(): Promise<void> {
    const { bavail, blocks, bsize } = await statfs(this.folder);
    if (blocks > 0 && bavail * bsize < this.limits.reserveBytes) throw full(this.name);
  }

  private calls<Result>(
    signal: AbortSignal,
    work: (signal: AbortSignal, getsOn: () => void) => Promise<Result>,
  ): Promise<Result> {
    return patiently(this.patience, signal, (inner, getsOn) => this.own(work(inner, getsOn)));
  }

  /** Errors of these calls are the destination's. */
  private async own<Result>(calls: Promise<Result>): Promise<Result> {
    try {
      return await calls;
    } catch (error) {
      throw folderFault(this.name, error);
    }
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
