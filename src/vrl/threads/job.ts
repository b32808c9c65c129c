import type { Answer, Task } from './task.js';

/** Where a task can be handed to. */
export interface Performer {
  /** @throws Error when the thread ended and no script can be blamed. */
  perform(task: Task): Promise<Answer>;
}

/** A call of the engine that needs threads, once or several times, also several at once. */
export interface Job {
  /** Whether there is something that no thread has yet. */
  readonly hasWork: boolean;
  /**
   * Takes a piece of what waits, at once, and resolves when a thread is done with it.
   * @throws Error what `perform` threw.
   */
  work(thread: Performer): Promise<void>;
  /** Ends the job: its caller gets this error, unless it has its answer. */
  fail(error: Error): void;
}
