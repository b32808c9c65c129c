import type { ScriptFault } from '../script-engine.js';
import { faultOfWhole } from '../fault-text.js';
import type { Job, Performer } from './job.js';
import { type ScriptLimits, stopReason } from './stop-reason.js';

/** One call of `check()`: a task without records. */
export class ScriptCheck implements Job {
  readonly faults: Promise<ScriptFault[]>;
  hasWork = true;
  private resolve: (faults: ScriptFault[]) => void;
  private reject: (error: Error) => void;

  constructor(
    private readonly script: string,
    private readonly limits: ScriptLimits,
  ) {
    this.faults = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  async work(thread: Performer): Promise<void> {
    this.hasWork = false;
    const { faults, stopped } = await thread.perform({ script: this.script, records: [] });
    this.resolve(stopped ? [faultOfWhole(stopReason(stopped, this.limits))] : faults);
  }

  fail(error: Error): void {
    this.hasWork = false;
    this.reject(error);
  }
}
