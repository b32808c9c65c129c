import type { SqliteGeneration } from './sqlite-generation.js';

/** Pages that may gather in the write-ahead log before they are moved into the main file (4 MiB). */
const PAGES = 1000;
const LOOK_MILLISECONDS = 50;

/**
 * Keeps write-ahead logs short without making a commit wait for a checkpoint, as SQLite's own do: the pages are moved on
 * a connection of their own while writers go on. Writers are held for the few pages that came meanwhile, once all others
 * are synced: only a log that is in the main file to its last page is begun anew, instead of growing.
 */
export class Checkpoints {
  private lookedAt = 0;
  private underWay = false;

  /** @param holdingWrites runs a task while nothing is written. */
  constructor(private readonly holdingWrites: (task: () => Promise<unknown>) => Promise<unknown>) {}

  /** To be called after each commit: looks every now and then, and never fails. */
  noteCommit(generation: SqliteGeneration): void {
    const now = performance.now();
    // While a snapshot is pinned nothing can be moved.
    if (this.underWay || generation.pinnedSnapshots > 0 || now - this.lookedAt < LOOK_MILLISECONDS) return;
    this.lookedAt = now;
    this.underWay = true;
    // As after SQLite's own checkpoints, a failure shows where it matters, in a write.
    void this.keepShort(generation)
      .catch(() => undefined)
      .finally(() => (this.underWay = false));
  }

  private async keepShort(generation: SqliteGeneration): Promise<void> {
    if ((await generation.pagesInLog()) < PAGES) return;
    // A reader of an older state is in the way: another time.
    if ((await generation.moveLog()) >= PAGES) return;
    await this.holdingWrites(() => generation.moveLog());
  }
}
