/** How much of what has changed is shown. All of it is found and counted, whatever these say. */
export interface ChangeLimits {
  /** Items in one list: users that were added, streams that were removed. */
  items: number;
  /** Names inside all items of one list together: roles of users, scopes of roles. */
  names: number;
  /** Bytes of UTF-8 in one text: a script, a flow, a diff of them. */
  textBytes: number;
  /** Bytes of UTF-8 in all texts of an answer together. */
  allTextBytes: number;
  /** Bytes of UTF-8 in two texts together that are taken apart into lines to be compared. */
  comparedBytes: number;
  /** Milliseconds that all searches for short diffs may take together; then whole texts are replaced by whole texts. */
  diffMilliseconds: number;
}

const KIBIBYTE = 1024;

/** For an answer that a person reads and a browser can hold. */
export const ANSWER_LIMITS: ChangeLimits = {
  items: 1000,
  names: 10_000,
  textBytes: 64 * KIBIBYTE,
  allTextBytes: 8 * KIBIBYTE * KIBIBYTE,
  comparedBytes: 2 * KIBIBYTE * KIBIBYTE,
  diffMilliseconds: 2000,
};

/** Everything is shown. Memory grows with what has changed. */
export const NO_LIMITS: ChangeLimits = {
  items: Infinity,
  names: Infinity,
  textBytes: Infinity,
  allTextBytes: Infinity,
  comparedBytes: Infinity,
  diffMilliseconds: Infinity,
};
