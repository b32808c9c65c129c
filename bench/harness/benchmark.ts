import type { Sizes } from './sizes.js';

/** What a figure should reach: at least, or at most, so much. */
export type Target = { atLeast: number } | { atMost: number };

/** One line of the table: what was measured, the limit or peer of the same run, and whether the target was reached. */
export interface Figure {
  /** As in the table of `bench/README.md`: `B1`, `I2`. */
  id: string;
  what: string;
  unit: string;
  /** Median of the samples. */
  measured: number;
  samples: number[];
  /** What stands beside it, in the same unit; absent where the target is a bound of its own. */
  limit?: { what: string; median: number; samples: number[] };
  /** What the target is about: `measured / limit`, or `measured` itself where there is no limit. */
  value: number;
  target?: Target;
  /** Undefined where there is no target. */
  met?: boolean;
  note?: string;
}

/** Where a benchmark gets its sizes from, and what it may leave behind until the end of it. */
export interface BenchContext {
  sizes: Sizes;
  /** A folder on a real disk, removed at the end. */
  workspace: string;
  /** Says on the terminal what is going on. */
  say(line: string): void;
  /** Runs when the benchmark has ended, well or badly; the last one given runs first. */
  onEnd(task: () => Promise<unknown>): void;
}

/** One file of `bench/benchmarks/`. */
export interface Benchmark {
  id: string;
  title: string;
  /** What is measured, and how, in a sentence or two for the page of results. */
  measures: string;
  run(context: BenchContext): Promise<Figure[]>;
}

/** Thrown by a benchmark that needs a program which is not there: shown as a line of its own, not as a failure. */
export class Unavailable extends Error {}
