import type { DataSource, EntityManager } from 'typeorm';
import { SerialQueue } from '../serial-queue.js';
import { execute } from './sqlite-data-source.js';

/**
 * Read-only connections, opened when first needed, each used by one reader at a time: two readers on one connection
 * would share a transaction and so each other's view.
 *
 * A reader waits neither for the end of its transaction nor for the beginning: one that is idle has begun already, which
 * takes no view of the database. Only the first statement does.
 */
export class ReaderPool {
  private readonly idle: DataSource[] = [];
  private readonly turns: SerialQueue;
  private readonly ends = new Set<Promise<void>>();

  constructor(
    private readonly open: () => Promise<DataSource>,
    size: number,
  ) {
    this.turns = new SerialQueue(size);
  }

  async read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    await this.turns.enter();
    let source: DataSource | undefined;
    try {
      source = this.idle.pop() ?? (await this.openBegun());
      return await work(source.manager);
    } finally {
      if (source) this.end(source);
      else this.turns.leave();
    }
  }

  /** Resolves when none of those who have read holds a view any more. */
  async ended(): Promise<void> {
    await Promise.all(this.ends);
  }

  /** Only when nobody reads any more. */
  async close(): Promise<void> {
    await this.ended();
    for (const source of this.idle.splice(0)) await source.destroy();
  }

  private async openBegun(): Promise<DataSource> {
    const source = await this.open();
    try {
      await execute(source, 'BEGIN');
    } catch (error) {
      await source.destroy();
      throw error;
    }
    return source;
  }

  private end(source: DataSource): void {
    const end = execute(source, 'COMMIT;BEGIN')
      .then(() => void this.idle.push(source))
      // One whose view could not be ended would hold the write-ahead log for ever.
      .catch(() => source.destroy())
      .catch(() => undefined)
      .finally(() => {
        this.ends.delete(end);
        this.turns.leave();
      });
    this.ends.add(end);
  }
}
