/** So many at a time; who comes later waits for a turn, in order. */
export class Slots {
  private taken = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly most: number) {}

  get full(): boolean {
    return this.taken >= this.most;
  }

  /** @param signal ends the waiting, with its reason. */
  async inTurn<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    await this.take(signal);
    try {
      return await task();
    } finally {
      this.give();
    }
  }

  private async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.full) {
      this.taken++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const giveUp = () => {
        this.waiting.splice(this.waiting.indexOf(begin), 1);
        reject(signal.reason as Error);
      };
      const begin = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      this.waiting.push(begin);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** The slot goes to whoever waits longest, without being free in between. */
  private give(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.taken--;
  }
}
