import { Injectable } from '@nestjs/common';
import { CatalogueService } from '../catalogue.service.js';
import { backupAnswer } from '../run-answer.js';
import type { Run } from '../run.entity.js';
import type { Schedule } from './schedule.js';
import { ScheduledBackups } from './scheduled-backups.js';
import { Timetable } from './timetable.js';

/** Schedules as the API shows them. Instants are RFC 3339 in UTC. */
@Injectable()
export class ScheduleAnswers {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly timetable: Timetable,
    private readonly backups: ScheduledBackups,
  ) {}

  async of(schedules: Schedule[]) {
    const runs = await this.catalogue.newestOf(schedules);
    return schedules.map((schedule, index) => this.answer(schedule, runs[index]!));
  }

  async ofOne(schedule: Schedule) {
    const [answer] = await this.of([schedule]);
    return answer!;
  }

  private answer(schedule: Schedule, lastRun: Run | null) {
    const nextMs = this.timetable.nextMs(schedule.name);
    return {
      ...schedule,
      next_run_at: nextMs === undefined ? null : new Date(nextMs).toISOString(),
      running: this.backups.isActive(schedule.name),
      last_run: lastRun && backupAnswer(lastRun),
    };
  }
}
