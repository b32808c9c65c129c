import { compareTexts, mergeByKey, type Pair } from '../../changes/merge-by-key.js';
import type { Membership } from './auth-rows.store.js';

/** Members that an owner has on one side only. */
export interface MemberChange {
  gained: string[];
  lost: string[];
  /** How many there are in both lists, also of those that are not in them. */
  count: number;
}

/** What changes in the members of each owner, for somebody who asks for owners in ascending order. */
export class MemberChanges {
  private readonly pairs: AsyncGenerator<Pair<Membership>>;
  private next?: IteratorResult<Pair<Membership>>;

  /** @param most names of one owner that are kept; what is behind them is only counted. */
  constructor(
    before: AsyncGenerator<Membership>,
    after: AsyncGenerator<Membership>,
    private readonly most: number,
  ) {
    this.pairs = mergeByKey(
      before,
      after,
      (a, b) => compareTexts(a.owner, b.owner) || compareTexts(a.member, b.member),
    );
  }

  /** Members of owners that nobody asked for are passed over: owners come and go in a live database. */
  async of(owner: string): Promise<MemberChange> {
    const change: MemberChange = { gained: [], lost: [], count: 0 };
    for (;;) {
      this.next ??= await this.pairs.next();
      if (this.next.done) return change;
      const { before, after } = this.next.value;
      const { owner: current, member } = (before ?? after)!;
      const order = compareTexts(current, owner);
      if (order > 0) return change;
      if (order === 0 && !(before && after)) {
        change.count++;
        if (change.count <= this.most) (after ? change.gained : change.lost).push(member);
      }
      this.next = undefined;
    }
  }
}
