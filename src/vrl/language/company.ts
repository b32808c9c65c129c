import { isMemoryless } from './memoryless.js';

/** Records that are run in one execution. For fewer it would take longer than one by one. */
const LEAST_TOGETHER = 3;
const MOST_TOGETHER = 64;
/** What such an execution should take: others wait for the thread, and a stop loses all of it. */
const TOGETHER_MILLISECONDS = 5;

/** Records that a script has to be run on one by one, without a failure, before some are run together. */
const LEAST_TRIAL = 16;
const MOST_TRIAL = 1024;

/**
 * How many records of one script are run in one execution, as this thread has learnt. A failure among them costs all of
 * them a second run: the more often that happens the longer is the trial before the next attempt.
 */
export class Company {
  private readonly possible: boolean;
  private trial = LEAST_TRIAL;
  private untried = LEAST_TRIAL;
  private millisecondsEach = TOGETHER_MILLISECONDS;

  constructor(script: string) {
    this.possible = isMemoryless(script);
  }

  /** How many of so many records to run together next; 1: the next one alone. */
  sizeFor(records: number): number {
    if (!this.possible || this.untried > 0) return 1;
    const affordable = Math.floor(TOGETHER_MILLISECONDS / this.millisecondsEach);
    const size = Math.min(MOST_TOGETHER, affordable, records);
    return size < LEAST_TOGETHER ? 1 : size;
  }

  noteAlone(succeeded: boolean, milliseconds: number): void {
    this.untried = succeeded ? Math.max(0, this.untried - 1) : this.trial;
    this.millisecondsEach = milliseconds;
  }

  noteTogether(succeeded: boolean, records: number, milliseconds: number): void {
    this.trial = succeeded ? Math.max(LEAST_TRIAL, this.trial / 2) : Math.min(MOST_TRIAL, this.trial * 2);
    this.millisecondsEach = milliseconds / records;
    if (!succeeded) this.untried = this.trial;
  }
}
