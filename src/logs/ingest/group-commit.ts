interface Group<Item> {
  items: Item[];
  bytes: number;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** A batch ends when the next group would take it beyond one of these; a single larger group goes alone. */
export interface BatchLimits {
  items: number;
  bytes: number;
}

/**
 * Lets everything that arrives while a write is under way share the next one. A sync to disk costs the same for one
 * record as for thousands: this is what makes many small requests as quick as one large one.
 */
export class GroupCommit<Item> {
  private waiting: Group<Item>[] = [];
  private writing = false;

  /** @param write stores all items or none, in this order. Called for one batch at a time. */
  constructor(
    private readonly write: (items: Item[]) => Promise<void>,
    private readonly limits: BatchLimits,
  ) {}

  /**
   * Adds items that belong together: they are never spread over two batches.
   * Resolves when they are stored. @throws what `write` threw: then none of the batch is stored.
   */
  add(items: Item[], bytes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ items, bytes, resolve, reject });
      if (!this.writing) void this.writeAll();
    });
  }

  private async writeAll(): Promise<void> {
    this.writing = true;
    while (this.waiting.length > 0) {
      const batch = this.takeBatch();
      try {
        await this.write(batch.flatMap(({ items }) => items));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.writing = false;
  }

  private takeBatch(): Group<Item>[] {
    let items = 0;
    let bytes = 0;
    const end = this.waiting.findIndex((group, index) => {
      items += group.items.length;
      bytes += group.bytes;
      return index > 0 && (items > this.limits.items || bytes > this.limits.bytes);
    });
    return this.waiting.splice(0, end === -1 ? this.waiting.length : end);
  }
}
