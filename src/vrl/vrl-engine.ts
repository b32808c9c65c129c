import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { availableParallelism } from 'node:os';
import { Problem } from '../problems.js';
import { SETTINGS, type Settings, type VrlSettings } from '../settings.js';
import { faultOfWhole, faultText } from './fault-text.js';
import { ScriptCounters } from './script-counters.js';
import { type Fields, ScriptEngine, ScriptFailure, type ScriptFault } from './script-engine.js';
import { boundWasmMemory } from './threads/memory-bound.js';
import { ScriptCheck } from './threads/script-check.js';
import { ScriptRun } from './threads/script-run.js';
import { stopReason } from './threads/stop-reason.js';
import { ScriptThreads } from './threads/script-threads.js';
import type { Stopped } from './threads/task.js';

/** Records, and scripts to check, that may wait or be under way. */
const MOST_UNFINISHED = 50_000;
/** Seconds within which a full queue is half empty, for scripts of the usual size. */
const RETRY_SECONDS = 5;

const MOST_SCRIPT_BYTES = 1024 * 1024;

/** More threads than these seldom help: the records still have to be written, by one writer. */
const MOST_THREADS_BY_ITSELF = 4;

@Injectable()
export class VrlEngine extends ScriptEngine implements OnApplicationShutdown {
  private readonly log = new Logger('Scripts');
  private readonly limits: VrlSettings;
  private readonly threads: ScriptThreads;
  private unfinished = 0;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    private readonly counters: ScriptCounters,
  ) {
    super();
    this.limits = settings.vrl;
    boundWasmMemory(this.limits.memoryBytes);
    this.threads = new ScriptThreads({
      most: this.limits.workers || threadsForThisMachine(),
      limits: this.limits,
      onStopped: (by) => this.noteStop(by),
    });
  }

  async check(script: string): Promise<ScriptFault[]> {
    const tooLarge = faultOfSize(script);
    if (tooLarge) return [tooLarge];
    this.admit(1);
    const check = new ScriptCheck(script, this.limits);
    this.threads.add(check);
    return check.faults.finally(() => this.unfinished--);
  }

  async run(script: string, records: readonly Fields[]): Promise<(Fields | ScriptFailure)[]> {
    const results = await this.resultsOf(script, records);
    this.counters.countResults(results);
    return results;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.threads.stop(
      new Problem('UNAVAILABLE', 'the server is stopping', { retryAfterSeconds: RETRY_SECONDS }),
    );
  }

  private async resultsOf(script: string, records: readonly Fields[]): Promise<(Fields | ScriptFailure)[]> {
    if (records.length === 0) return [];
    const tooLarge = faultOfSize(script);
    if (tooLarge) return records.map(() => new ScriptFailure(faultText(tooLarge)));
    this.admit(records.length);
    const run = new ScriptRun(script, records, this.limits, () => this.unfinished--);
    this.threads.add(run);
    return run.results;
  }

  /** A run that is larger than the queue is admitted when nothing else is in it: later would not help it. */
  private admit(count: number): void {
    if (this.unfinished > 0 && this.unfinished + count > MOST_UNFINISHED) {
      throw new Problem('UNAVAILABLE', 'too many records wait for their transformer', {
        retryAfterSeconds: RETRY_SECONDS,
      });
    }
    this.unfinished += count;
  }

  private noteStop(by: Stopped['by']): void {
    this.counters.countStop(by);
    this.log.warn(`a transformer had to be stopped: ${stopReason({ by, record: 0 }, this.limits)}`);
  }
}

function threadsForThisMachine(): number {
  return Math.min(MOST_THREADS_BY_ITSELF, Math.max(1, availableParallelism() - 1));
}

function faultOfSize(script: string): ScriptFault | undefined {
  if (Buffer.byteLength(script) <= MOST_SCRIPT_BYTES) return undefined;
  return faultOfWhole(`the script is larger than ${MOST_SCRIPT_BYTES} bytes`);
}
