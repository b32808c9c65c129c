/** How large and how long: every benchmark takes its sizes from here. */
export interface Sizes {
  quick: boolean;
  /** Of the logs database that is backed up and restored. */
  megabytes: number;
  /** Entries of the database that is queried. */
  entries: number;
  /** Repetitions whose median counts. */
  rounds: number;
  /** Of load in each repetition. */
  seconds: number;
}

const FULL: Sizes = { quick: false, megabytes: 1024, entries: 5_000_000, rounds: 5, seconds: 5 };
const QUICK: Sizes = { quick: true, megabytes: 32, entries: 50_000, rounds: 1, seconds: 1 };

/** @param given what stands on the command line instead of the defaults. */
export function sizesFor(quick: boolean, given: Partial<Sizes>): Sizes {
  const asked = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...(quick ? QUICK : FULL), ...asked };
}
