import { Worker } from 'node:worker_threads';
import { ownModule } from '../../own-module.js';
import { Progress } from './progress.js';
import type { ScriptLimits } from './stop-reason.js';
import type { Answer, Stopped, Task } from './task.js';
import { Watchdog } from './watchdog.js';

const ENTRY = ownModule('#src/vrl/language/script-worker.js');

const MEBIBYTE = 1024 * 1024;

/**
 * JavaScript's heap of a thread, in multiples of the memory of scripts and mebibytes beyond. It must be out of reach: V8
 * ends the whole process, not the thread, when there is no room for a result. The worst result found is an array of
 * empty objects, which takes two and a half times the memory here that it takes there.
 */
const HEAP_FACTOR = 4;
const HEAP_MEBIBYTES = 128;

interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

/** One thread that runs scripts, one task at a time, and the watch over it. Only while it works it keeps the process. */
export class ScriptThread {
  private readonly progress = new Progress();
  private readonly watchdog: Watchdog;
  private readonly worker: Worker;
  private waiting: Waiting | undefined;
  private gone = false;
  /** What the script that it ran last was stopped by, if it was. */
  stoppedBy: Stopped['by'] | undefined;

  /**
   * Starts the thread.
   * @param limits for one record. What the thread needs to load is not counted.
   * @throws Error when the system has no room for a thread.
   */
  constructor(limits: ScriptLimits) {
    this.watchdog = new Watchdog(this.progress, limits.timeoutMs, ({ record, together }) =>
      this.finish(nothingDone({ by: 'time', record, together })),
    );
    this.worker = new Worker(ENTRY, {
      name: 'vrl',
      workerData: this.progress.memory,
      // Neither the server's environment (secrets among it) nor its flags go where other people's scripts run.
      env: {},
      argv: [],
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMebibytes(limits) },
      // A compiler that breaks down writes pages about itself there, once. Nobody reads them: reading would keep the
      // process alive in spite of `unref`.
      stdout: true,
      stderr: true,
    });
    this.worker.on('message', (answer: Answer) => this.finish(answer));
    this.worker.on('messageerror', (error: Error) => this.breakDown(error));
    this.worker.on('error', (error: Error) => this.breakDown(error));
    this.worker.on('exit', () => this.breakDown(new Error('a thread for scripts ended')));
    this.worker.unref();
  }

  /** False when it must be replaced. */
  get usable(): boolean {
    return !this.gone && this.stoppedBy === undefined;
  }

  /** @throws Error when the thread ended and no script can be blamed. */
  perform(task: Task): Promise<Answer> {
    if (this.gone) return Promise.reject(new Error('a thread for scripts ended before its task'));
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.worker.ref();
      this.watchdog.start();
      this.worker.postMessage(task, []);
    });
  }

  /** Resolves when the thread is gone, whatever it was doing. */
  async end(): Promise<void> {
    this.gone = true;
    await this.worker.terminate();
  }

  private finish(answer: Answer): void {
    this.stoppedBy = answer.stopped?.by;
    this.takeWaiting()?.resolve(answer);
  }

  /** JavaScript's heap was full, or there is a bug. While a script was at work it is the script's doing. */
  private breakDown(error: Error): void {
    const { busy, record, together } = this.progress.look();
    if (busy && !this.gone) this.finish(nothingDone({ by: 'memory', record, together }));
    else this.takeWaiting()?.reject(error);
    this.gone = true;
  }

  private takeWaiting(): Waiting | undefined {
    this.watchdog.stop();
    this.worker.unref();
    const { waiting } = this;
    this.waiting = undefined;
    return waiting;
  }
}

function heapMebibytes({ memoryBytes }: ScriptLimits): number {
  return HEAP_FACTOR * (memoryBytes / MEBIBYTE) + HEAP_MEBIBYTES;
}

function nothingDone(stopped: Stopped): Answer {
  return { faults: [], outcomes: [], textBytes: [], stopped };
}
