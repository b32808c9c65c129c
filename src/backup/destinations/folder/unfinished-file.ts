import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../../../database/generations/generation-files.js';

/** Names that nothing but this file gives, and that no list of backups shows. */
const UNFINISHED =
  /^\.([A-Za-z0-9_-][A-Za-z0-9._-]*)\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.unfinished$/;

const HOUR_MILLISECONDS = 60 * 60 * 1000;

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/** A file that does not have its name yet. It lies in the folder where it will be, so that a rename is all it takes. */
export class UnfinishedFile {
  private bytes = 0;

  private constructor(
    private readonly folder: string,
    private readonly path: string,
    private readonly file: FileHandle,
  ) {}

  static async create(folder: string, name: string): Promise<UnfinishedFile> {
    const path = join(folder, `.${name}.${randomUUID()}.unfinished`);
    return new UnfinishedFile(
      folder,
      path,
      await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600),
    );
  }

  async write(chunk: Buffer): Promise<void> {
    await this.file.writeFile(chunk);
    this.bytes += chunk.length;
  }

  /** Durable under its name, in place of what was there. Nothing has changed there when it fails. */
  async finish(name: string, signal: AbortSignal): Promise<void> {
    await this.file.sync();
    const { size } = await this.file.stat();
    if (size !== this.bytes)
      throw Object.assign(new Error(`${size} of ${this.bytes} bytes are there`), { code: 'EIO' });
    await this.file.close();
    signal.throwIfAborted();
    await rename(this.path, join(this.folder, name));
    await syncNames(this.folder);
  }

  async discard(): Promise<void> {
    await this.file.close().catch(() => undefined);
    await rm(this.path, { force: true }).catch(() => undefined);
  }

  /**
   * Removes what crashes have left. Another server may keep its backups in the same folder and be writing now: a file
   * is nobody's when nothing has come to it for so long that whoever wrote it has given up.
   * @param idleSeconds after which a transfer is given up.
   */
  async removeForsaken(idleSeconds: number): Promise<void> {
    // The clock of the folder, which need not be this machine's.
    const { mtimeMs: now } = await this.file.stat();
    const forsakenAfter = Math.max(HOUR_MILLISECONDS, 4 * idleSeconds * 1000);
    for (const name of await readdir(this.folder)) {
      if (!UNFINISHED.test(name)) continue;
      const path = join(this.folder, name);
      const seen = await lstat(path).catch(() => undefined);
      if (seen?.isFile() && now - seen.mtimeMs > forsakenAfter) await rm(path, { force: true });
    }
  }
}

/** @param isMeant which of them, by the names that they were to have. @returns those names. */
export async function removeUnfinished(
  folder: string,
  isMeant: (name: string) => boolean,
): Promise<string[]> {
  const removed: string[] = [];
  for (const entry of await readdir(folder)) {
    const name = UNFINISHED.exec(entry)?.[1];
    if (name === undefined || !isMeant(name)) continue;
    await rm(join(folder, entry), { force: true });
    removed.push(name);
  }
  return removed;
}

/** Some network file systems keep names safe by themselves, and refuse to be asked. */
export async function syncNames(folder: string): Promise<void> {
  await syncDirectory(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EINVAL' && error.code !== 'ENOTSUP') throw error;
  });
}
