import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { failpoint } from '../../failpoints.js';
import type { DatabaseName } from '../database.js';
import { SerialQueue } from '../serial-queue.js';
import { syncDirectory } from './generation-files.js';
import { removeUnfinished, replaceFile } from './replace-file.js';

const generationsSchema = z.partialRecord(z.enum(['auth', 'config', 'logs', 'backup']), z.int().positive());

const contentSchema = z.object({
  version: z.literal(1),
  live: generationsSchema,
  replaced: z
    .array(
      z.object({
        restore: z.string(),
        before: generationsSchema,
        made: generationsSchema,
        replacedMs: z.int(),
        confirmByMs: z.int().optional(),
      }),
    )
    .default([]),
});

export type LiveGenerations = Partial<Record<DatabaseName, number>>;

/** A state that a restore replaced and that can be put back: its generations stay on disk. */
export interface ReplacedState {
  /** Id of the restore. */
  restore: string;
  /** What was live before it. */
  before: LiveGenerations;
  /** What it made live. */
  made: LiveGenerations;
  /** When, Unix milliseconds. */
  replacedMs: number;
  /** Until then the restore must be confirmed, Unix milliseconds, or it is undone. Absent: it stands. */
  confirmByMs?: number;
}

export interface PointerState {
  live: LiveGenerations;
  /** Newest first. */
  replaced: ReplacedState[];
}

/**
 * `current.json`: the live generation of every database, and those that can be put back. Replacing it by one rename is
 * the only instant at which a restore, an undo or a confirmation changes anything, for one database or several together.
 */
export class PointerFile {
  private current: PointerState = { live: {}, replaced: [] };
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
    await removeUnfinished(this.path);
    // What is read here decides which generations are removed: a power cut must not bring an older text back after that.
    await syncDirectory(dirname(this.path));
    try {
      const { live, replaced } = contentSchema.parse(JSON.parse(text));
      this.current = { live, replaced };
    } catch (cause) {
      throw new Error(
        `${this.path} cannot be read as {"version":1,"live":{"auth":N,…}}: put the file back, nothing was changed`,
        { cause },
      );
    }
    return true;
  }

  get state(): PointerState {
    return this.current;
  }

  /**
   * Names other generations. Before the rename a crash means the old state, after it the new one. Changes come one after
   * the other, each made of what the one before has left: of two that exclude each other one wins.
   * @param edit may throw to leave everything as it is.
   * @returns false when the new state counts, but a power cut could still bring the old one back: then the
   *   generations that were replaced must stay on disk.
   */
  change(edit: (state: PointerState) => PointerState): Promise<boolean> {
    return this.turns.run(async () => {
      const next = edit(this.current);
      const text = `${JSON.stringify({ version: 1, ...next })}\n`;
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
