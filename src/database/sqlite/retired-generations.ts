import type { GenerationFiles } from '../generations/generation-files.js';
import type { SqliteGeneration } from './sqlite-generation.js';

interface Leaving {
  generation: SqliteGeneration;
  /** What becomes of the file once nobody reads it any more. */
  keepFile: boolean;
  closed: Promise<void>;
}

/** Generations of one database that are not live any more: closed when their last reader is gone, then kept or removed. */
export class RetiredGenerations {
  private readonly leaving = new Map<number, Leaving>();

  constructor(private readonly files: GenerationFiles) {}

  /** @returns when it is closed, or has been taken back. */
  retire(generation: SqliteGeneration, keepFile: boolean): Promise<void> {
    const entry: Leaving = { generation, keepFile, closed: Promise.resolve() };
    this.leaving.set(generation.number, entry);
    entry.closed = this.leave(entry);
    return entry.closed;
  }

  /** The generation as it still is open, undefined when only its file is left. */
  async takeBack(number: number): Promise<SqliteGeneration | undefined> {
    const entry = this.leaving.get(number);
    if (!entry) return undefined;
    if (entry.generation.revive()) return entry.generation;
    await entry.closed;
    return undefined;
  }

  /** Nobody will want it back: removes its file now, or when it is closed. */
  async forget(number: number): Promise<void> {
    const entry = this.leaving.get(number);
    if (entry) entry.keepFile = false;
    else await this.files.removeGeneration(number);
  }

  private async leave(entry: Leaving): Promise<void> {
    const { generation } = entry;
    const closed = await generation.retire();
    if (this.leaving.get(generation.number) === entry) this.leaving.delete(generation.number);
    if (closed && !entry.keepFile) await this.files.removeGeneration(generation.number);
  }
}
