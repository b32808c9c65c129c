import { faultText } from '../fault-text.js';
import { type Fields, ScriptFailure } from '../script-engine.js';
import type { Job, Portion } from './job.js';
import { isOfScript, type ScriptLimits, stopReason } from './stop-reason.js';
import type { TaskRoom } from './task-room.js';
import type { Answer, Outcome } from './task.js';

/** Each stop costs a new thread. Of many records that a script cannot bear only so many are tried. */
const MOST_STOPS = 16;

/** Of all results of a run together: they are held until the last one is there. */
const MOST_TEXT_BYTES = 256 * 1024 * 1024;

/** One call of `run()`: which records wait for a thread, and what became of the others. */
export class ScriptRun implements Job {
  readonly results: Promise<(Fields | ScriptFailure)[]>;
  private readonly finished: (Fields | ScriptFailure | undefined)[];
  /** Indexes of the records that no thread has. */
  private readonly waiting: number[];
  private unfinished: number;
  private stops = 0;
  private textBytes = 0;
  /** Its script was stopped at several records at once: each has to show for itself now. */
  private alone = false;
  private resolve: (results: (Fields | ScriptFailure)[]) => void;
  private reject: (error: Error) => void;

  /**
   * @param records at least one.
   * @param onFinished called once for each record, whatever became of it.
   */
  constructor(
    readonly script: string,
    private readonly records: readonly Fields[],
    private readonly limits: ScriptLimits,
    private readonly onFinished: () => void,
  ) {
    this.waiting = [...records.keys()];
    this.finished = records.map(() => undefined);
    this.unfinished = records.length;
    this.results = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  get hasWork(): boolean {
    return this.waiting.length > 0;
  }

  take(room: TaskRoom): Portion {
    const end = this.waiting.findIndex((index) => !room.admits(this.records[index]!));
    const indexes = this.waiting.splice(0, end === -1 ? this.waiting.length : end);
    return {
      records: indexes.map((index) => this.records[index]!),
      alone: this.alone,
      settle: (answer) => this.settle(answer, indexes),
    };
  }

  fail(error: Error): void {
    this.reject(error);
    this.failRest(error.message);
  }

  private settle(answer: Answer, indexes: number[]): void {
    this.note(answer, indexes);
    const reason = this.reasonToEnd(answer);
    if (reason !== undefined) this.failRest(reason);
    this.waiting.unshift(...indexes.filter((index) => this.finished[index] === undefined));
  }

  /** What is neither an outcome nor the record that the script was stopped at was not reached, and waits again. */
  private note({ outcomes, stopped, textBytes }: Answer, indexes: number[]): void {
    for (const [position, outcome] of outcomes.entries()) this.finish(indexes[position]!, outcome);
    if (stopped?.together) this.alone = true;
    else if (stopped) this.stops++;
    if (stopped?.record !== undefined)
      this.finish(indexes[stopped.record]!, stopReason(stopped, this.limits));
    this.textBytes += textBytes.reduce((sum, bytes) => sum + bytes, 0);
  }

  private reasonToEnd({ faults, stopped }: Answer): string | undefined {
    if (faults[0]) return faultText(faults[0]);
    if (isOfScript(stopped)) return stopReason(stopped, this.limits);
    if (this.stops >= MOST_STOPS) return `not tried: the script had to be stopped ${this.stops} times before`;
    if (this.textBytes > MOST_TEXT_BYTES) return 'the results of the other records are too large already';
    return undefined;
  }

  private failRest(reason: string): void {
    this.waiting.length = 0;
    for (const index of this.records.keys()) this.finish(index, reason);
  }

  private finish(index: number, outcome: Outcome): void {
    if (this.finished[index] !== undefined) return;
    this.finished[index] = typeof outcome === 'string' ? new ScriptFailure(outcome) : outcome;
    this.unfinished--;
    this.onFinished();
    if (this.unfinished === 0) this.resolve(this.finished as (Fields | ScriptFailure)[]);
  }
}
