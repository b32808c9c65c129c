import type { Job, Portion } from './job.js';
import { TaskRoom } from './task-room.js';
import type { Answer, Task } from './task.js';

/** Where a task can be handed to. */
export interface Performer {
  /** @throws Error when the thread ended and no script can be blamed. */
  perform(task: Task): Promise<Answer>;
}

/**
 * One task made of what several jobs have for the same script: many requests of one record each cost a thread hardly more
 * than one request of many.
 */
export class SharedTask {
  readonly jobs: Job[] = [];
  private readonly portions: Portion[] = [];

  /** @param waiting those of them that have the same script come along while there is room. */
  constructor(first: Job, waiting: Iterable<Job>) {
    const room = new TaskRoom();
    this.add(first, room);
    for (const job of waiting) {
      if (room.full) break;
      if (job !== first && job.script === first.script) this.add(job, room);
    }
  }

  /** @throws Error what `perform` threw. */
  async performBy(thread: Performer): Promise<void> {
    const task: Task = {
      script: this.jobs[0]!.script,
      records: this.portions.flatMap(({ records }) => records),
      alone: this.portions.some(({ alone }) => alone),
    };
    const answer = await thread.perform(task);
    let start = 0;
    for (const { records, settle } of this.portions) {
      settle(partOf(answer, start, start + records.length));
      start += records.length;
    }
  }

  private add(job: Job, room: TaskRoom): void {
    this.jobs.push(job);
    this.portions.push(job.take(room));
  }
}

function partOf({ faults, outcomes, textBytes, stopped }: Answer, start: number, end: number): Answer {
  const answer: Answer = {
    faults,
    outcomes: outcomes.slice(start, end),
    textBytes: textBytes.slice(start, end),
  };
  if (stopped?.record === undefined) answer.stopped = stopped;
  else if (stopped.record >= start && stopped.record < end)
    answer.stopped = { ...stopped, record: stopped.record - start };
  return answer;
}
