import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ScheduleDefinition } from './schedule.js';

/** A schedule that was made by the API. */
@Entity('schedule')
export class StoredSchedule {
  @PrimaryColumn('text')
  name: string;

  @Column('simple-json')
  definition: Omit<ScheduleDefinition, 'name'>;
}

/** How far a schedule has come, whoever made it. */
@Entity('schedule_progress')
export class ScheduleProgress {
  @PrimaryColumn('text')
  name: string;

  /** All that was due until then, Unix milliseconds, has been done, or was noted as not done. */
  @Column('integer', { name: 'settled_ms' })
  settledMs: number;
}
