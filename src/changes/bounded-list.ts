import type { ChangeLimits } from './change-limits.js';

/** The first items, and how many more there are. */
export class BoundedList<Item> {
  readonly shown: Item[] = [];
  /** Items that are not shown. */
  more = 0;
  private names = 0;

  constructor(private readonly limits: Pick<ChangeLimits, 'items' | 'names'>) {}

  /** @param names how many names there are inside the item. One that has too many is not shown in parts, but counted. */
  add(item: Item, names = 0): void {
    if (this.shown.length >= this.limits.items || this.names + names > this.limits.names) {
      this.more++;
      return;
    }
    this.names += names;
    this.shown.push(item);
  }

  /** For an item that costs something to make: one that is not shown is not made. */
  async addMade(make: () => Item | Promise<Item>): Promise<void> {
    if (this.shown.length >= this.limits.items) this.more++;
    else this.add(await make());
  }
}
