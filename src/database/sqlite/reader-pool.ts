import type { DataSource, EntityManager } from 'typeorm';
import { SerialQueue } from '../serial-queue.js';
import { execute } from './sqlite-data-source.js';

/**
 * Read-only connections, opened when first needed, each used by one reader at a time: two readers on one connection
 * would share a transaction and so each other's view.
 */
export class ReaderPool {
  private readonly idle: DataSource[] = [];
  private readonly turns: SerialQueue;

  constructor(
    private readonly open: () => Promise<DataSource>,
    size: number,
  ) {
    this.turns = new SerialQueue(size);
  }

  read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.turns.run(async () => {
      const source = this.idle.pop() ?? (await this.open());
      let broken = true;
      try {
        await execute(source, 'BEGIN');
        try {
          return await work(source.manager);
        } finally {
          await execute(source, 'COMMIT');
          broken = false;
        }
      } finally {
        // A connection whose view could not be ended would hold the write-ahead log for ever.
        if (broken) await source.destroy();
        else this.idle.push(source);
      }
    });
  }

  /** Only when nobody reads any more. */
  async close(): Promise<void> {
    for (const source of this.idle.splice(0)) await source.destroy();
  }
}
