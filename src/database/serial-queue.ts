import { setImmediate as nextPhase } from 'node:timers/promises';

/** How often work that nobody waits for lets others go before it. */
const MOST_LULLS = 4;

/**
 * Runs at most `width` tasks at a time, in the order they were asked for. With the width of one it is the write
 * queue of a database: holding a turn means that nothing else writes.
 */
export class SerialQueue {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly width = 1) {}

  /** Tasks that wait for their turn. */
  get depth(): number {
    return this.waiting.length;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      return await task();
    } finally {
      this.leave();
    }
  }

  /**
   * As `run`, for work that nobody waits for: in a moment when no other task is there, or after some of them at the latest.
   * One that follows another at once, as the next batch of entries does, has asked for its turn by the next phase of the
   * event loop.
   */
  async runInLull<T>(task: () => Promise<T>): Promise<T> {
    for (let lull = 0; lull < MOST_LULLS; lull++) {
      await nextPhase();
      if (this.running === 0) break;
      await this.run(() => Promise.resolve());
    }
    return this.run(task);
  }

  /** Waits for a turn, for what cannot be one task. Each has to be followed by one `leave`. */
  async enter(): Promise<void> {
    if (this.running < this.width) this.running++;
    else await new Promise<void>((turn) => this.waiting.push(turn));
  }

  leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running--;
  }
}
