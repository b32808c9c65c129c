import { randomUUID } from 'node:crypto';
import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Files that belong to a generation or to its making. Anything else in the folder is somebody else's and stays. */
const OUR_FILES =
  /^(?:\d{4,}\.db(?:-wal|-shm|-journal)?|(?:incoming|copy)-[0-9a-f-]{36}\.part(?:-journal)?)$/;
const GENERATION = /^(\d{4,})\.db$/;

/** The files of one database's folder: `0007.db` is generation 7, `*.part` is something that is not finished. */
export class GenerationFiles {
  constructor(readonly directory: string) {}

  pathOf(generation: number): string {
    return join(this.directory, `${String(generation).padStart(4, '0')}.db`);
  }

  /** A name nobody else has, for an upload (`incoming`) or a copy of a snapshot (`copy`). */
  temporaryPath(kind: 'incoming' | 'copy'): string {
    return join(this.directory, `${kind}-${randomUUID()}.part`);
  }

  /** Numbers of the generations on disk, smallest first. */
  async list(): Promise<number[]> {
    const numbers = (await readdir(this.directory)).map((name) => Number(GENERATION.exec(name)?.[1]));
    return numbers.filter((number) => !Number.isNaN(number)).toSorted((a, b) => a - b);
  }

  async removeGeneration(generation: number): Promise<void> {
    const path = this.pathOf(generation);
    for (const suffix of ['', '-wal', '-shm', '-journal']) await rm(path + suffix, { force: true });
  }

  /** Removes what a crash left behind: every file of ours that does not belong to a generation that counts. */
  async removeStrays(counting: Iterable<number>): Promise<void> {
    const kept = [...counting].map((generation) => this.pathOf(generation));
    for (const name of await readdir(this.directory)) {
      const path = join(this.directory, name);
      if (OUR_FILES.test(name) && !kept.some((file) => path.startsWith(file)))
        await rm(path, { force: true });
    }
  }
}

/** Makes the names in a folder durable: without it a rename may be undone by a power cut. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
