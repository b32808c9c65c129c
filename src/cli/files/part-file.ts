import { createHash } from 'node:crypto';
import { type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from '../../database/generations/generation-files.js';
import { EXIT, Failure, fileTrouble } from '../failure.js';

/**
 * A file while it comes: `<name>.part`, which no `*.db` or `*.tar` matches, so that what a kill leaves behind is not taken
 * for a backup. It gets its name when it is complete, on disk, and what it should be. Every method throws a Failure.
 */
export class PartFile {
  private readonly hash = createHash('sha256');
  bytes = 0;

  private constructor(
    private readonly target: string,
    private readonly replace: boolean,
    private readonly file: FileHandle,
  ) {}

  /** @param replace what is there already, and what a killed command left of an earlier try. */
  static async create(target: string, replace: boolean): Promise<PartFile> {
    if (!replace) await requireFree(target);
    const path = `${target}.part`;
    try {
      if (replace) await rm(path, { force: true });
      return new PartFile(target, replace, await open(path, 'wx', 0o600));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw fileTrouble(path, error);
      throw new Failure(
        EXIT.local,
        `${path} is there: another backup into this file is running, or one was killed: remove it, or use --force`,
      );
    }
  }

  async write(chunk: Buffer): Promise<void> {
    this.hash.update(chunk);
    this.bytes += chunk.length;
    await this.file.appendFile(chunk).catch((error: unknown) => {
      throw fileTrouble(this.path, error);
    });
  }

  /** Of all that was written, lower-case hexadecimal; to be asked for once. */
  sha256(): string {
    return this.hash.digest('hex');
  }

  /** Makes it durable under its own name. */
  async complete(): Promise<void> {
    try {
      await this.file.sync();
      await this.file.close();
      await this.publish();
      await syncDirectory(dirname(this.target));
    } catch (error) {
      throw error instanceof Failure ? error : fileTrouble(this.target, error);
    }
  }

  async discard(): Promise<void> {
    await this.file.close().catch(() => undefined);
    await rm(this.path, { force: true });
  }

  private get path(): string {
    return `${this.target}.part`;
  }

  /** A second name never replaces what came there meanwhile; not every file system has second names. */
  private async publish(): Promise<void> {
    if (!this.replace) {
      const linked = await link(this.path, this.target).then(
        () => true,
        () => false,
      );
      if (linked) return rm(this.path);
      await requireFree(this.target);
    }
    await rename(this.path, this.target);
  }
}

async function requireFree(target: string): Promise<void> {
  const taken = await stat(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw fileTrouble(target, error);
  });
  if (taken) throw new Failure(EXIT.local, `${target} is there already: choose another name, or use --force`);
}
