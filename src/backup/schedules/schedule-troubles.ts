import { Injectable, Logger } from '@nestjs/common';
import { Counter } from 'prom-client';
import type { Run } from '../run.entity.js';
import type { RunScope } from '../run-scope.js';
import type { ScheduleDefinition } from './schedule.js';
import { ScheduleNotices } from './schedule-notices.js';

/** `proof`: the backup is there, and is bad or could not be read back. `overlap`: one was under way when the next was due. */
export const FAILURE_REASONS = ['backup', 'proof', 'overlap', 'retention'] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** What a notification calls it. */
const EVENTS: Record<FailureReason, string> = {
  backup: 'backup_failed',
  proof: 'backup_unproven',
  overlap: 'backup_skipped',
  retention: 'retention_failed',
};

/** In prom-client's own registry, which `management/` serves. */
const failures = new Counter({
  name: 'flowg_backup_schedule_failures_total',
  help: 'What went wrong with scheduled backups',
  labelNames: ['schedule', 'database', 'reason'],
});

/** What goes wrong with schedules, told to everybody who should know: log, metric, and the alert that the schedule names. */
@Injectable()
export class ScheduleTroubles {
  private readonly log = new Logger('Schedules');
  /** By name, the database of each schedule that there is. */
  private readonly counted = new Map<string, RunScope>();

  constructor(private readonly notices: ScheduleNotices) {}

  /** There is a number from the beginning, so that the first failure is seen as one more. */
  expect({ name, database }: ScheduleDefinition): void {
    this.counted.set(name, database);
    for (const reason of FAILURE_REASONS) failures.inc({ schedule: name, database, reason }, 0);
  }

  /** Nothing is counted of a schedule that is not there any more, or has another database now. */
  forget({ name, database }: ScheduleDefinition): void {
    this.counted.delete(name);
    for (const reason of FAILURE_REASONS) failures.remove({ schedule: name, database, reason });
  }

  /** Never fails. @param error public text. */
  async tell(reason: FailureReason, schedule: ScheduleDefinition, error: string, run?: Run): Promise<void> {
    const { name, database } = schedule;
    // A run may end after its schedule.
    if (this.counted.get(name) === database) failures.inc({ schedule: name, database, reason });
    this.log.error(
      `${EVENTS[reason]}: schedule ${JSON.stringify(name)} of ${database}${idOf(run)}: ${error}`,
    );
    await this.notify(schedule, EVENTS[reason], { backup_id: run?.id ?? '', error });
  }

  /** The first backup that is proven after something went wrong. Never fails. */
  async tellRecovery(schedule: ScheduleDefinition, run: Run): Promise<void> {
    this.log.log(`schedule ${JSON.stringify(schedule.name)} of ${schedule.database} works again`);
    await this.notify(schedule, 'backup_recovered', { backup_id: run.id, error: '' });
  }

  private async notify(
    { name, database, destination, notify }: ScheduleDefinition,
    event: string,
    facts: { backup_id: string; error: string },
  ): Promise<void> {
    if (notify === null) return;
    const fields = { event, schedule: name, database, destination, ...facts };
    await this.notices.send({ alert: notify, fields });
  }
}

function idOf(run?: Run): string {
  return run ? `, backup ${run.id}` : '';
}
