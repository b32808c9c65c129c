import type { ChangeLimits } from '../../changes/change-limits.js';
import { ChangeLists, type Changes } from '../../changes/change-lists.js';
import { compareTexts, mergeByKey } from '../../changes/merge-by-key.js';
import type { AuthRows } from '../auth.database.js';
import { tokens } from './auth-rows.store.js';

interface TokenOwner {
  uuid: string;
  user: string;
}

export interface ChangedToken extends TokenOwner {
  user_before: string;
  /** The token that was valid under this UUID is not any more, another one is. */
  value_changed: boolean;
}

export type TokenChanges = Changes<TokenOwner, ChangedToken, TokenOwner>;

/** Personal Access Tokens: after a restore those that were removed are refused, those that were added work again. */
export async function tokenChanges(
  live: AuthRows,
  staged: AuthRows,
  limits: ChangeLimits,
): Promise<TokenChanges> {
  const lists = new ChangeLists<TokenOwner, ChangedToken, TokenOwner>(limits);
  const pairs = mergeByKey(tokens(live), tokens(staged), (a, b) => compareTexts(a.uuid, b.uuid));
  for await (const { before, after } of pairs) {
    if (!before) lists.added.add(ownerOf(after!));
    else if (!after) lists.removed.add(ownerOf(before));
    else {
      const value_changed = before.hash !== after.hash;
      if (value_changed || before.user !== after.user)
        lists.changed.add({ uuid: after.uuid, user_before: before.user, user: after.user, value_changed });
    }
  }
  return lists.answer();
}

function ownerOf({ uuid, user }: TokenOwner): TokenOwner {
  return { uuid, user };
}
