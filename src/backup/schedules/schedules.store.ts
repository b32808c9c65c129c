import { Injectable } from '@nestjs/common';
import { In, Not } from 'typeorm';
import { BackupDatabase } from '../backup.database.js';
import type { ScheduleDefinition } from './schedule.js';
import { ScheduleProgress, StoredSchedule } from './schedule.entity.js';

/** The schedules that were made by the API, and how far those and the ones of the settings have come. */
@Injectable()
export class SchedulesStore {
  constructor(private readonly database: BackupDatabase) {}

  async all(): Promise<ScheduleDefinition[]> {
    const rows = await this.database.read((manager) => manager.find(StoredSchedule));
    return rows.map(({ name, definition }) => Object.assign(definition, { name }));
  }

  /** Creates or replaces. @param settledMs nothing that was due before counts, if given. */
  async save({ name, ...definition }: ScheduleDefinition, settledMs?: number): Promise<void> {
    await this.database.write(async (manager) => {
      await manager.upsert(StoredSchedule, { name, definition }, ['name']);
      if (settledMs !== undefined) await manager.upsert(ScheduleProgress, { name, settledMs }, ['name']);
    });
  }

  async delete(name: string): Promise<void> {
    await this.database.write(async (manager) => {
      await manager.delete(StoredSchedule, { name });
      await manager.delete(ScheduleProgress, { name });
    });
  }

  /** By name, Unix milliseconds. */
  async progress(): Promise<Map<string, number>> {
    const rows = await this.database.read((manager) => manager.find(ScheduleProgress));
    return new Map(rows.map(({ name, settledMs }) => [name, settledMs]));
  }

  async settle(name: string, settledMs: number): Promise<void> {
    await this.database.write((manager) => manager.upsert(ScheduleProgress, { name, settledMs }, ['name']));
  }

  /** @param names of the schedules that there are. */
  async forgetOthers(names: string[]): Promise<void> {
    await this.database.write((manager) => manager.delete(ScheduleProgress, { name: Not(In(names)) }));
  }
}
