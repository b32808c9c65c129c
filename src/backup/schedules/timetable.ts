import { Injectable } from '@nestjs/common';
import { CronTimes } from './cron-times.js';
import type { Schedule } from './schedule.js';

/** A clock that is set back by more than this was wrong before: what it said is not waited for again. */
const CLOCK_TRUST_MILLISECONDS = 60 * 60 * 1000;
/** The server has other things to do when it starts. */
const CATCH_UP_MILLISECONDS = 3000;

interface Entry {
  schedule: Schedule;
  times: CronTimes;
  /** Infinity: never. */
  nextMs: number;
}

/** What a schedule wants at this moment. */
export interface Due {
  schedule: Schedule;
  /** This was asked for at this time, Unix milliseconds; all that was due before it counts as one with it. */
  atMs: number;
}

/**
 * The schedules that there are, and when each is due next: never more than once for a moment, whatever the clock does. All times
 * are Unix milliseconds, and the present one is always told.
 */
@Injectable()
export class Timetable {
  private readonly entries = new Map<string, Entry>();
  private lookedMs = 0;

  /** By name. */
  all(): Schedule[] {
    const schedules = [...this.entries.values()].map(({ schedule }) => schedule);
    return schedules.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(name: string): Schedule | undefined {
    return this.entries.get(name)?.schedule;
  }

  /** Enters a schedule that has just been made, or has another rhythm now: nothing that was due before counts. */
  begin(schedule: Schedule, nowMs: number): void {
    this.enter(schedule, (times) => times.after(nowMs));
  }

  /** Replaces what does not touch the rhythm. */
  change(schedule: Schedule): void {
    const { nextMs } = this.entries.get(schedule.name)!;
    this.enter(schedule, () => nextMs);
  }

  /**
   * Enters a schedule at the start of the server: whatever was due since `settledMs` is due once, in a moment.
   * @returns when it was due first.
   */
  resume(schedule: Schedule, settledMs: number, nowMs: number): number | undefined {
    const trusted = settledMs - nowMs > CLOCK_TRUST_MILLISECONDS ? nowMs : settledMs;
    let missedMs: number | undefined;
    this.enter(schedule, (times) => {
      const nextMs = times.after(trusted);
      if (nextMs > nowMs) return nextMs;
      missedMs = nextMs;
      return Math.min(nowMs + CATCH_UP_MILLISECONDS, times.after(nowMs));
    });
    return missedMs;
  }

  remove(name: string): void {
    this.entries.delete(name);
  }

  /** When it is due next; undefined: never, or there is none. */
  nextMs(name: string): number | undefined {
    const next = this.entries.get(name)?.nextMs;
    return next === Infinity ? undefined : next;
  }

  /** When the first of all is due; Infinity: none ever. */
  firstMs(): number {
    return Math.min(Infinity, ...[...this.entries.values()].map(({ nextMs }) => nextMs));
  }

  /** What is due, once: by the time it is asked again the next times are in the future. */
  takeDue(nowMs: number): Due[] {
    const wasWrong = this.lookedMs - nowMs > CLOCK_TRUST_MILLISECONDS;
    this.lookedMs = nowMs;
    const due: Due[] = [];
    for (const entry of this.entries.values()) {
      if (!entry.schedule.enabled) continue;
      if (entry.nextMs <= nowMs) due.push({ schedule: entry.schedule, atMs: nowMs });
      else if (!wasWrong) continue;
      entry.nextMs = entry.times.after(nowMs);
    }
    return due;
  }

  private enter(schedule: Schedule, next: (times: CronTimes) => number): void {
    const times = new CronTimes(schedule.cron, schedule.timezone);
    this.entries.set(schedule.name, { schedule, times, nextMs: schedule.enabled ? next(times) : Infinity });
  }
}
