import type { ScriptFault } from '../script-engine.js';
import { faultOfWhole } from '../fault-text.js';
import type { Job, Portion } from './job.js';
import { isOfScript, type ScriptLimits, stopReason } from './stop-reason.js';
import type { Answer } from './task.js';

/** One call of `check()`: a task without records. */
export class ScriptCheck implements Job {
  readonly faults: Promise<ScriptFault[]>;
  hasWork = true;
  private resolve: (faults: ScriptFault[]) => void;
  private reject: (error: Error) => void;

  constructor(
    readonly script: string,
    private readonly limits: ScriptLimits,
  ) {
    this.faults = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  take(): Portion {
    this.hasWork = false;
    return { records: [], alone: false, settle: (answer) => this.settle(answer) };
  }

  fail(error: Error): void {
    this.hasWork = false;
    this.reject(error);
  }

  /** What others of the same task were stopped at came after the script had been checked. */
  private settle({ faults, stopped }: Answer): void {
    this.resolve(isOfScript(stopped) ? [faultOfWhole(stopReason(stopped, this.limits))] : faults);
  }
}
