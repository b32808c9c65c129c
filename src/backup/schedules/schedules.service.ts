import { Inject, Injectable, Logger } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import type { Caller } from '../../auth/caller.js';
import { SerialQueue } from '../../database/serial-queue.js';
import { AlertsService } from '../../config/alerts.service.js';
import { invalidArgument, notFound, Problem } from '../../problems.js';
import { SETTINGS, type Settings, SettingsError } from '../../settings.js';
import { Destinations } from '../destinations/destinations.service.js';
import { requirePacking } from '../packing/pack.js';
import { mayRun } from '../run-permissions.js';
import type { RunScope } from '../run-scope.js';
import type { Schedule, ScheduleDefinition, ScheduleSource } from './schedule.js';
import { ScheduleTroubles } from './schedule-troubles.js';
import { SchedulesStore } from './schedules.store.js';
import { Timetable } from './timetable.js';

/**
 * Schedules as people see and change them. Whoever may back up a database may see its schedules and let them run, whoever may
 * restore it may make, change and delete them; those of other databases do not exist for them.
 */
@Injectable()
export class SchedulesService {
  private readonly log = new Logger('Schedules');
  /** What is in memory and what is in the database change together. */
  private readonly changes = new SerialQueue();

  constructor(
    private readonly store: SchedulesStore,
    private readonly timetable: Timetable,
    private readonly destinations: Destinations,
    private readonly alerts: AlertsService,
    private readonly troubles: ScheduleTroubles,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** At the start. @throws SettingsError for a schedule of the settings that cannot be. */
  async load(): Promise<void> {
    const given = this.settings.backupSchedules.map((one) => from('settings', one));
    for (const schedule of given) await this.requirePossible(schedule).catch(asSettingsError(schedule));
    const stored = (await this.store.all()).filter(({ name }) => !this.isHiddenBySettings(name));
    const schedules = [...given, ...stored.map((one) => from('api', one))];
    await this.store.forgetOthers(schedules.map(({ name }) => name));
    const progress = await this.store.progress();
    for (const schedule of schedules) await this.resume(schedule, progress.get(schedule.name));
  }

  /** By name, those that the caller may see. */
  list(caller: Caller): Schedule[] {
    return this.timetable.all().filter(({ database }) => mayRun('backup', database, caller));
  }

  /** @throws Problem NOT_FOUND when there is none, or none that the caller may see. */
  get(name: string, caller: Caller): Schedule {
    const schedule = this.timetable.get(name);
    if (schedule && mayRun('backup', schedule.database, caller)) return schedule;
    throw notFound(
      `not found: there is no schedule ${JSON.stringify(name)}; GET /api/v1/backup-schedules lists them`,
    );
  }

  /**
   * Creates or replaces. A backup that is under way ends as it began.
   * @throws Problem PERMISSION_DENIED for a database that the caller may not restore, be it the old or the new one; CONFLICT for a
   *   schedule of the settings; INVALID_ARGUMENT for what cannot be.
   */
  save(definition: ScheduleDefinition, caller: Caller): Promise<Schedule> {
    return this.changes.run(() => this.saveNow(definition, caller));
  }

  /** What it has made stays where it is, and in the catalogue. @throws Problem NOT_FOUND, PERMISSION_DENIED, CONFLICT for one of the settings. */
  delete(name: string, caller: Caller): Promise<void> {
    return this.changes.run(async () => {
      const schedule = this.get(name, caller);
      requireWriter(schedule.database, caller);
      requireChangeable(schedule);
      await this.store.delete(name);
      this.timetable.remove(name);
      this.troubles.forget(schedule);
    });
  }

  /** Writes down that all that was due until then, Unix milliseconds, needs no making up for. */
  async settle(name: string, settledMs: number): Promise<void> {
    if (this.timetable.get(name)) await this.store.settle(name, settledMs);
  }

  private async saveNow(definition: ScheduleDefinition, caller: Caller): Promise<Schedule> {
    const { name } = definition;
    const before = this.timetable.get(name);
    for (const { database } of before ? [before, definition] : [definition]) requireWriter(database, caller);
    if (definition.notify !== null && !caller.permissions.has('read_alerts'))
      throw denied('notify needs read_alerts');
    if (before) requireChangeable(before);
    const schedule = from('api', definition);
    await this.requirePossible(schedule);
    const now = Date.now();
    const sameRhythm = before !== undefined && isDeepStrictEqual(rhythmOf(before), rhythmOf(schedule));
    await this.store.save(definition, sameRhythm ? undefined : now);
    if (sameRhythm) this.timetable.change(schedule);
    else this.timetable.begin(schedule, now);
    if (before && before.database !== schedule.database) this.troubles.forget(before);
    this.troubles.expect(schedule);
    return schedule;
  }

  private isHiddenBySettings(name: string): boolean {
    const hidden = this.settings.backupSchedules.some((given) => given.name === name);
    if (hidden)
      this.log.warn(
        `schedule ${JSON.stringify(name)} is in FLOWG_BACKUP_SCHEDULES, which counts; one of that name that was made by the ` +
          'API waits until it is not',
      );
    return hidden;
  }

  private async resume(schedule: Schedule, settledMs: number | undefined): Promise<void> {
    const now = Date.now();
    // What it would have done while it was not enabled, or not there, nobody waits for.
    if (settledMs === undefined || !schedule.enabled) await this.store.settle(schedule.name, now);
    const missedMs = this.timetable.resume(schedule, schedule.enabled ? (settledMs ?? now) : now, now);
    this.troubles.expect(schedule);
    if (missedMs === undefined) return;
    const due = new Date(missedMs).toISOString();
    this.log.log(`schedule ${JSON.stringify(schedule.name)} was due at ${due} and is made up for now`);
  }

  /** @throws Problem INVALID_ARGUMENT. */
  private async requirePossible({ source, ...definition }: Schedule): Promise<void> {
    const { name, destination, notify } = definition;
    if (!this.destinations.has(destination))
      throw invalidArgument(
        `invalid argument: destination: there is no destination ${JSON.stringify(destination)}; ` +
          'GET /api/v1/backup-destinations lists them',
      );
    await requirePacking(definition);
    if (notify === null || (await this.alerts.list()).includes(notify)) return;
    const text = `there is no alert ${JSON.stringify(notify)}: save it first with PUT /api/v1/alerts/{alert}`;
    // On a new server nobody can have saved one before the start.
    if (source === 'settings') this.log.warn(`schedule ${JSON.stringify(name)}: notify: ${text}`);
    else throw invalidArgument(`invalid argument: notify: ${text}`);
  }
}

function from(source: ScheduleSource, definition: ScheduleDefinition): Schedule {
  return { ...definition, source };
}

function asSettingsError({ name }: Schedule) {
  return (error: Error): never => {
    throw new SettingsError(
      `FLOWG_BACKUP_SCHEDULES is not valid: the schedule ${JSON.stringify(name)}: ${error.message}`,
    );
  };
}

function rhythmOf({ cron, timezone, enabled }: Schedule) {
  return { cron, timezone, enabled };
}

/** A schedule decides what is kept: who may only read a database cannot have its backups removed. */
function requireWriter(database: RunScope, caller: Caller): void {
  if (!mayRun('restore', database, caller)) throw denied(`this needs what a restore of ${database} needs`);
}

function requireChangeable({ name, source }: Schedule): void {
  if (source === 'api') return;
  throw new Problem(
    'CONFLICT',
    `the schedule ${JSON.stringify(name)} is given by FLOWG_BACKUP_SCHEDULES: change that setting, and start the server anew`,
  );
}

function denied(why: string): Problem {
  return new Problem('PERMISSION_DENIED', `permission denied: ${why}`);
}
