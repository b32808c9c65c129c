import type { Progress, Sighting } from './progress.js';

/** How often it looks within the time allowed. That much of it, a quarter, a step may take longer. */
const LOOKS = 4;

/**
 * Barks once when a thread stays at the same step for too long. It counts its own looks instead of reading a clock: when
 * the whole process stood still, nothing is late.
 */
export class Watchdog {
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param allowedMs milliseconds that one step may take.
   * @param bark called with where the thread is.
   */
  constructor(
    private readonly progress: Progress,
    private readonly allowedMs: number,
    private readonly bark: (at: Sighting) => void,
  ) {}

  start(): void {
    let seen: number | undefined;
    let looks = 0;
    const look = () => {
      const now = this.progress.look();
      looks = now.busy && now.step === seen ? looks + 1 : 0;
      seen = now.step;
      if (looks < LOOKS) return;
      this.stop();
      this.bark(now);
    };
    this.timer = setInterval(look, this.allowedMs / LOOKS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
