import { BoundedList } from './bounded-list.js';
import type { ChangeLimits } from './change-limits.js';

/** What is different between the old state and the new one, in things that have names. */
export interface Changes<Added, Changed, Removed> {
  added: Added[];
  changed: Changed[];
  removed: Removed[];
  /** How many more each list would have; only there where one of them does not show all. */
  more?: { added: number; changed: number; removed: number };
}

/** Collects the changes of one kind of things. */
export class ChangeLists<Added, Changed, Removed> {
  readonly added: BoundedList<Added>;
  readonly changed: BoundedList<Changed>;
  readonly removed: BoundedList<Removed>;

  constructor(limits: ChangeLimits) {
    this.added = new BoundedList(limits);
    this.changed = new BoundedList(limits);
    this.removed = new BoundedList(limits);
  }

  answer(): Changes<Added, Changed, Removed> {
    const { added, changed, removed } = this;
    const more = { added: added.more, changed: changed.more, removed: removed.more };
    const isCut = more.added + more.changed + more.removed > 0;
    return {
      added: added.shown,
      changed: changed.shown,
      removed: removed.shown,
      ...(isCut && { more }),
    };
  }
}
