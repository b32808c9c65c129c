import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { failpoint } from '../../failpoints.js';
import type { DatabaseName } from '../database.js';
import { SerialQueue } from '../serial-queue.js';
import { syncDirectory } from './generation-files.js';
import { replaceFile } from './replace-file.js';

const contentSchema = z.object({
  version: z.literal(1),
  live: z.partialRecord(z.enum(['auth', 'config', 'logs', 'backup']), z.int().positive()),
});

export type LiveGenerations = Partial<Record<DatabaseName, number>>;

/**
 * `current.json`: the live generation of every database. Replacing it by one rename is the only instant at which a
 * restore changes anything, for one database or for several together.
 */
export class PointerFile {
  private current: LiveGenerations = {};
  private readonly turns = new SerialQueue();

  constructor(readonly path: string) {}

  /**
   * @returns false when there is no such file.
   * @throws Error when the file is not one that this server wrote.
   */
  async load(): Promise<boolean> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
    // What is read here decides which generations are removed: a power cut must not bring an older text back after that.
    await syncDirectory(dirname(this.path));
    try {
      this.current = contentSchema.parse(JSON.parse(text)).live;
    } catch (cause) {
      throw new Error(
        `${this.path} cannot be read as {"version":1,"live":{"auth":N,…}}: put the file back, nothing was changed`,
        { cause },
      );
    }
    return true;
  }

  live(name: DatabaseName): number | undefined {
    return this.current[name];
  }

  /**
   * Names new live generations. Before the rename a crash means the old state, after it the new one.
   * @returns false when the new state counts, but a power cut could still bring the old one back: then the
   *   generations that were replaced must stay on disk.
   */
  change(generations: LiveGenerations): Promise<boolean> {
    return this.turns.run(async () => {
      const next = { ...this.current, ...generations };
      const text = `${JSON.stringify({ version: 1, live: next })}\n`;
      await replaceFile(this.path, text, () => failpoint('restore.pointer-written'));
      this.current = next;
      await failpoint('restore.pointer-renamed');
      return syncDirectory(dirname(this.path)).then(
        () => true,
        () => false,
      );
    });
  }
}
