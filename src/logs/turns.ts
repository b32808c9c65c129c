import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long the event loop may be kept from others. */
const TURN_MILLISECONDS = 10;

/** Lets others have their turn on the event loop, in the middle of work that may be long. */
export class Turns {
  private ends = performance.now() + TURN_MILLISECONDS;

  /** True when it is time for `pass`: asked for every item, which costs less than awaiting something for each. */
  get over(): boolean {
    return performance.now() > this.ends;
  }

  async pass(): Promise<void> {
    await nextTurn();
    this.ends = performance.now() + TURN_MILLISECONDS;
  }
}
