import { Logger } from '@nestjs/common';
import { Problem } from '../../problems.js';
import type { Job } from './job.js';
import { ScriptThread } from './script-thread.js';
import { SharedTask } from './shared-task.js';
import type { ScriptLimits } from './stop-reason.js';
import type { Stopped } from './task.js';

/** Seconds after which the system may have room for a thread again. */
const RETRY_SECONDS = 5;

export interface ThreadsOptions {
  /** Threads at a time. One is started when there is work for it, and stays. */
  most: number;
  limits: ScriptLimits;
  onStopped: (by: Stopped['by']) => void;
}

/**
 * Shares a number of threads among the jobs that wait: each in its turn gets one for a piece of its work, and those with
 * the same script come along.
 */
export class ScriptThreads {
  private readonly log = new Logger('Scripts');
  /** In the order of their turns. */
  private readonly jobs = new Set<Job>();
  private readonly idle: ScriptThread[] = [];
  private readonly threads = new Set<ScriptThread>();
  private stopping: Problem | undefined;

  constructor(private readonly options: ThreadsOptions) {}

  add(job: Job): void {
    if (this.stopping) return job.fail(this.stopping);
    this.jobs.add(job);
    this.handOut();
  }

  /** Fails all jobs with this error, now and from now on, and ends all threads. */
  async stop(error: Problem): Promise<void> {
    this.stopping = error;
    for (const job of this.jobs) job.fail(error);
    this.jobs.clear();
    await Promise.all([...this.threads].map((thread) => thread.end()));
  }

  private handOut(): void {
    for (const job of this.jobs) {
      if (this.idle.length === 0 && this.threads.size >= this.options.most) return;
      void this.workOn(new SharedTask(job, this.jobs));
    }
  }

  private async workOn(task: SharedTask): Promise<void> {
    for (const job of task.jobs) this.toEndOfQueue(job);
    let thread: ScriptThread | undefined;
    try {
      thread = this.idle.pop() ?? this.startThread();
      await task.performBy(thread);
    } catch (error) {
      const failure = this.stopping ?? this.noThread(error as Error);
      for (const job of task.jobs) job.fail(failure);
    }
    for (const job of task.jobs) {
      if (this.stopping) job.fail(this.stopping);
      // Records of a task that was cut short wait again.
      else if (job.hasWork) this.jobs.add(job);
    }
    if (thread) await this.putBack(thread);
    this.handOut();
  }

  /** If it has more: who goes through the queue comes by again. */
  private toEndOfQueue(job: Job): void {
    this.jobs.delete(job);
    if (job.hasWork) this.jobs.add(job);
  }

  private startThread(): ScriptThread {
    const thread = new ScriptThread(this.options.limits);
    this.threads.add(thread);
    return thread;
  }

  private async putBack(thread: ScriptThread): Promise<void> {
    if (thread.stoppedBy && !this.stopping) this.options.onStopped(thread.stoppedBy);
    if (thread.usable) {
      this.idle.push(thread);
    } else {
      await thread.end();
      this.threads.delete(thread);
    }
  }

  private noThread(error: Error): Problem {
    this.log.error('a thread for scripts did not start, or ended', error.stack);
    return new Problem('UNAVAILABLE', 'scripts cannot be run at the moment', {
      cause: error,
      retryAfterSeconds: RETRY_SECONDS,
    });
  }
}
