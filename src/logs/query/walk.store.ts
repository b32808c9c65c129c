import type { EntityManager } from 'typeorm';
import type { EntryView } from '../entries/entry-view.store.js';
import type { Position } from '../entries/stored-entry.js';
import type { EntryFilter } from './entry-filter.js';

/** An entry that matches, before it is read. */
export interface Key extends Position {
  /** Of its fields. */
  bytes: number;
}

export interface Step {
  /** In the order of answers. */
  keys: Key[];
  /** Where the next step begins; undefined when there is nothing behind. */
  end?: Position;
}

/**
 * Goes through a view from the newest entry to the oldest. Each step looks at a bounded number of entries, whether they
 * match or not, so that it is a short transaction however rare the matches are.
 */
export abstract class Walk {
  constructor(
    protected readonly view: EntryView,
    /** Nothing older than this is wanted, Unix milliseconds. */
    protected readonly fromMs: number,
    protected readonly filter: EntryFilter,
  ) {}

  /** False when what it goes by is not there any more: between two steps an index may have been given up. */
  abstract isUsable(manager: EntityManager): Promise<boolean>;

  /** @param last the position behind which the step begins. @param most entries to look at. */
  abstract step(manager: EntityManager, last: Position, most: number): Promise<Step>;
}
