import { Injectable } from '@nestjs/common';
import { Gauge, register } from 'prom-client';
import { CatalogueService } from '../catalogue.service.js';
import type { Schedule } from './schedule.js';
import { Timetable } from './timetable.js';

const labelNames = ['schedule', 'database'] as const;

/** When each schedule did what, asked of the catalogue at every look: so it is right after a start, and about nothing that is gone. */
@Injectable()
export class ScheduleMetrics {
  constructor(
    private readonly timetable: Timetable,
    private readonly catalogue: CatalogueService,
  ) {
    this.register(
      'flowg_backup_schedule_last_success_timestamp_seconds',
      'When the newest successful backup of a schedule ended, Unix time',
      async (schedule) => (await this.catalogue.newestGoodOf(schedule, 'succeeded'))?.finishedMs,
    );
    this.register(
      'flowg_backup_schedule_last_proven_timestamp_seconds',
      'When the newest backup of a schedule that is proven was proven, Unix time',
      async (schedule) => (await this.catalogue.newestGoodOf(schedule, 'proven'))?.proof?.endedMs,
    );
    this.register(
      'flowg_backup_schedule_next_run_timestamp_seconds',
      'When a schedule is due next, Unix time',
      (schedule) => Promise.resolve(this.timetable.nextMs(schedule.name)),
    );
  }

  private register(name: string, help: string, look: (one: Schedule) => Promise<number | null | undefined>) {
    const { timetable } = this;
    const gauge = new Gauge({
      name,
      help,
      labelNames,
      registers: [],
      async collect() {
        this.reset();
        for (const schedule of timetable.all()) {
          const unixMs = await look(schedule);
          if (unixMs) this.set({ schedule: schedule.name, database: schedule.database }, unixMs / 1000);
        }
      },
    });
    register.registerMetric(gauge);
  }
}
