import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { SerialQueue } from '../../database/serial-queue.js';
import { Problem } from '../../problems.js';
import { CatalogueService } from '../catalogue.service.js';
import type { RunBy } from '../requester.js';
import type { Run } from '../run.entity.js';
import { publicText } from '../public-text.js';
import type { Schedule } from './schedule.js';
import { ScheduleTroubles } from './schedule-troubles.js';
import { type Begun, ScheduledRuns } from './scheduled-runs.service.js';
import { SchedulesService } from './schedules.service.js';
import { type Due, Timetable } from './timetable.js';

/** A clock that was set, and a schedule that was changed, are noticed within this. */
const LONGEST_SLEEP_MILLISECONDS = 1000;

/** A schedule of which a backup is under way, or waits for its destination. */
interface Active {
  ended: Promise<void>;
  /** What was due until then, Unix milliseconds, is not made up for once it has ended; undefined: nothing was due. */
  settledMs?: number;
}

/**
 * Makes backups when they are due. Of one schedule there is one at a time: what is due meanwhile is left out, and told. Of one
 * destination there is one at a time as well, the others wait for it: a destination that hangs holds up nobody else's backups, and
 * ten schedules at midnight do not pin ten snapshots.
 */
@Injectable()
export class ScheduledBackups implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown {
  private readonly log = new Logger('Schedules');
  private readonly active = new Map<string, Active>();
  private readonly queues = new Map<string, SerialQueue>();
  private readonly stopping = new AbortController();
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly catalogue: CatalogueService,
    private readonly schedules: SchedulesService,
    private readonly timetable: Timetable,
    private readonly runs: ScheduledRuns,
    private readonly troubles: ScheduleTroubles,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.catalogue.settle();
    await this.schedules.load();
    this.look();
  }

  onModuleDestroy(): void {
    clearTimeout(this.timer);
    this.stopping.abort(new Problem('UNAVAILABLE', 'the server is stopping'));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([...this.active.values()].map(({ ended }) => ended));
  }

  isActive(name: string): boolean {
    return this.active.has(name);
  }

  /**
   * Begins a backup of a schedule now. It is under way, or waits for its destination, when this resolves.
   * @throws Problem CONFLICT while one is under way.
   */
  async runNow(schedule: Schedule, by: RunBy): Promise<Run> {
    this.stopping.signal.throwIfAborted();
    if (this.isActive(schedule.name)) throw underWay(schedule);
    const begun = this.runs.begin(schedule, by);
    this.start(schedule, () => begun);
    return (await begun).run;
  }

  private look(): void {
    for (const due of this.timetable.takeDue(Date.now())) this.take(due);
    if (this.stopping.signal.aborted) return;
    const wait = Math.min(LONGEST_SLEEP_MILLISECONDS, Math.max(0, this.timetable.firstMs() - Date.now()));
    this.timer = setTimeout(() => this.look(), wait).unref();
  }

  private take({ schedule, atMs }: Due): void {
    const active = this.active.get(schedule.name);
    if (!active) {
      const by = { user: `schedule ${schedule.name}`, address: '' };
      const begin = () => {
        this.stopping.signal.throwIfAborted();
        return this.runs.begin(schedule, by);
      };
      return this.start(schedule, begin, atMs);
    }
    active.settledMs = atMs;
    const text = 'the backup before it was still under way: this one was left out';
    void this.troubles.tell('overlap', schedule, text);
  }

  /** @param settledMs when it has ended, nothing that was due until then is to be made up for. */
  private start(schedule: Schedule, begin: () => Promise<Begun>, settledMs?: number): void {
    const { name } = schedule;
    const active: Active = { ended: Promise.resolve(), settledMs };
    active.ended = this.queueOf(schedule)
      .run(() => this.carryOut(schedule, begin))
      .then(async () => {
        if (active.settledMs !== undefined) await this.schedules.settle(name, active.settledMs);
      })
      .catch((error: Error) => {
        if (!this.stopping.signal.aborted) this.log.error(`schedule ${JSON.stringify(name)}`, error.stack);
      })
      .finally(() => this.active.delete(name));
    this.active.set(name, active);
  }

  /** @throws the reason of the signal when the server stops before the end. */
  private async carryOut(schedule: Schedule, begin: () => Promise<Begun>): Promise<void> {
    const { signal } = this.stopping;
    let begun: Begun;
    try {
      begun = await begin();
    } catch (error) {
      signal.throwIfAborted();
      return this.troubles.tell('backup', schedule, `it could not be begun: ${publicText(error)}`);
    }
    const untilMs = this.timetable.nextMs(schedule.name) ?? Infinity;
    await this.runs.carryOut(schedule, begun, { signal, untilMs });
  }

  private queueOf({ destination }: Schedule): SerialQueue {
    let queue = this.queues.get(destination);
    if (!queue) this.queues.set(destination, (queue = new SerialQueue()));
    return queue;
  }
}

function underWay({ name }: Schedule): Problem {
  return new Problem(
    'CONFLICT',
    `a backup of the schedule ${JSON.stringify(name)} is under way: look at it with GET /api/v1/backups, and try again ` +
      'when it has ended',
  );
}
