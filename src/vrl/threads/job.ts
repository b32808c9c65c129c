import type { Fields } from '../script-engine.js';
import type { TaskRoom } from './task-room.js';
import type { Answer } from './task.js';

/** What a job puts into a task. */
export interface Portion {
  records: Fields[];
  /** The script was stopped at some of its records, and none of them is to blame yet. */
  alone: boolean;
  /** Takes what became of the records, those of a whole task left out that are not of this portion. */
  settle(answer: Answer): void;
}

/** A call of the engine that needs threads, once or several times, also several at once. */
export interface Job {
  readonly script: string;
  /** Whether there is something that no thread has yet. */
  readonly hasWork: boolean;
  /** Takes as much of what waits as there is room for, at once. */
  take(room: TaskRoom): Portion;
  /** Ends the job: its caller gets this error, unless it has its answer. */
  fail(error: Error): void;
}
