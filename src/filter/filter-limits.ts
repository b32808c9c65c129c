/**
 * What a text may ask for at most. Filters come from clients and run on every record: no text may overflow the stack,
 * occupy the process while it is parsed, or become a statement that SQLite refuses.
 */
export const FILTER_LIMITS = {
  /** Of the text, in UTF-8. */
  bytes: 65_536,
  /** Parentheses and negations around each other. */
  nesting: 100,
  comparisons: 1000,
  /** Of one list. */
  listValues: 10_000,
  /** UTF-16 units of one regular expression. */
  patternLength: 1000,
  /**
   * Instructions of all compiled regular expressions together. A value costs each of them once per character, some 30
   * nanoseconds at worst, on the event loop: with the limit below, half a second.
   */
  patternInstructions: 300,
  /** UTF-16 units of a value in which a regular expression looks: what is behind them it does not find. */
  matchedUnits: 65_536,
};
