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
    if (this.running < this.width) this.running++;
    else await new Promise<void>((turn) => this.waiting.push(turn));
    try {
      return await task();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}
