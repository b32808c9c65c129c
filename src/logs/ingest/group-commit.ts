/** What an item costs in the write that it shares. */
export interface Weight {
  rows: number;
  bytes: number;
}

interface Waiting<Item> extends Weight {
  item: Item;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Lets everything that arrives while a write is under way share the next one. A sync to disk costs the same for one
 * record as for thousands: this is what makes many small requests as quick as one large one.
 */
export class GroupCommit<Item> {
  private waiting: Waiting<Item>[] = [];
  private writing = false;

  /**
   * @param write stores all items or none, in this order. Called for one batch at a time.
   * @param most a batch ends when the next item would take it beyond this; a single larger item goes alone.
   */
  constructor(
    private readonly write: (items: Item[]) => Promise<void>,
    private readonly most: Weight,
  ) {}

  /** Resolves when the item is stored. @throws what `write` threw: then none of its batch is stored. */
  add(item: Item, weight: Weight): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, ...weight, resolve, reject });
      if (!this.writing) {
        this.writing = true;
        // What else the event loop has at hand at this moment comes along.
        setImmediate(() => void this.writeAll());
      }
    });
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.takeBatch();
      try {
        await this.write(batch.map(({ item }) => item));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.writing = false;
  }

  private takeBatch(): Waiting<Item>[] {
    let rows = 0;
    let bytes = 0;
    const end = this.waiting.findIndex((one, index) => {
      rows += one.rows;
      bytes += one.bytes;
      return index > 0 && (rows > this.most.rows || bytes > this.most.bytes);
    });
    return this.waiting.splice(0, end === -1 ? this.waiting.length : end);
  }
}
