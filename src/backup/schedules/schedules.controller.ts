import { Body, Controller, Delete, Get, Param, Post, Put } from '@nestjs/common';
import type { z } from 'zod';
import { AnyLogin, RequireAnyOf } from '../../auth/access.decorators.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { nameSchema } from '../../http/name.schema.js';
import { Operation } from '../../http/operation.decorator.js';
import { BACKUP_EXAMPLE } from '../catalogue.controller.js';
import { CurrentRequester, type Requester } from '../requester.js';
import { backupAnswer } from '../run-answer.js';
import { RUN_PERMISSIONS } from '../run-permissions.js';
import { ScheduleAnswers } from './schedule-answers.js';
import { scheduleBody } from './schedule.schema.js';
import { ScheduledBackups } from './scheduled-backups.js';
import { SchedulesService } from './schedules.service.js';

const EXAMPLE = {
  name: 'nightly',
  database: 'auth',
  cron: '0 3 * * *',
  timezone: 'Europe/Berlin',
  destination: 'offsite',
  compression: 'gzip',
  recipients: ['age1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3290gq'],
  keep: { last: 3, daily: 7, weekly: 4, monthly: 12 },
  notify: 'on-call',
  enabled: true,
  source: 'api',
  next_run_at: '2026-02-01T02:00:00.000Z',
  running: false,
  last_run: BACKUP_EXAMPLE,
};

/** Backups that the server makes by itself, as far as the caller could make them. */
@Controller('api/v1/backup-schedules')
export class SchedulesController {
  constructor(
    private readonly schedules: SchedulesService,
    private readonly backups: ScheduledBackups,
    private readonly answers: ScheduleAnswers,
  ) {}

  @Get()
  @AnyLogin()
  @Operation('list_backup_schedules', {
    tag: 'backup',
    summary: 'List the schedules of backups',
    description: 'By name: those of the databases that the caller may back up, each with its last run.',
    answer: { success: true, schedules: [EXAMPLE] },
  })
  async list(@CurrentCaller() caller: Caller) {
    return { success: true, schedules: await this.answers.of(this.schedules.list(caller)) };
  }

  @Get(':name')
  @AnyLogin()
  @Operation('get_backup_schedule', {
    tag: 'backup',
    summary: 'Look at a schedule',
    description:
      '`source` says whether it was made by the API or is given by `FLOWG_BACKUP_SCHEDULES`. `next_run_at` is null ' +
      'when it is not enabled, `last_run` before the first one.',
    answer: { success: true, schedule: EXAMPLE },
    problems: ['INVALID_ARGUMENT', 'NOT_FOUND'],
  })
  async get(@CurrentCaller() caller: Caller, @Param('name', { schema: nameSchema }) name: string) {
    return { success: true, schedule: await this.answers.ofOne(this.schedules.get(name, caller)) };
  }

  @Put(':name')
  @RequireAnyOf(RUN_PERMISSIONS.restore.auth, RUN_PERMISSIONS.restore.config, RUN_PERMISSIONS.restore.logs)
  @Operation('save_backup_schedule', {
    tag: 'backup',
    summary: 'Save a schedule',
    description:
      'Creates or replaces it; properties that are left out get their defaults, unknown ones are refused. For whoever may restore ' +
      'the database, that of before included. ' +
      '`cron` has five fields, or six with seconds in front; `timezone` is the one it is meant in. ' +
      '`keep`: the newest `last`, and the newest of each of the newest days, ISO weeks and months; the newest good one always ' +
      'stays. Backups are sealed for the public keys of age in `recipients`. ' +
      '`notify` names the alert that is told of what goes wrong, and needs `read_alerts`.',
    answer: { success: true, schedule: EXAMPLE },
    problems: ['CONFLICT', 'INSUFFICIENT_STORAGE'],
  })
  async save(
    @CurrentCaller() caller: Caller,
    @Param('name', { schema: nameSchema }) name: string,
    @Body({ schema: scheduleBody }) body: z.output<typeof scheduleBody>,
  ) {
    return {
      success: true,
      schedule: await this.answers.ofOne(await this.schedules.save({ name, ...body }, caller)),
    };
  }

  @Delete(':name')
  @AnyLogin()
  @Operation('delete_backup_schedule', {
    tag: 'backup',
    summary: 'Delete a schedule',
    description:
      'For whoever may restore the database. The backups that it has made stay in their destination and in the catalogue, ' +
      'and nobody removes them any more.',
    answer: { success: true },
    problems: ['INVALID_ARGUMENT', 'PERMISSION_DENIED', 'NOT_FOUND', 'CONFLICT'],
  })
  async delete(@CurrentCaller() caller: Caller, @Param('name', { schema: nameSchema }) name: string) {
    await this.schedules.delete(name, caller);
    return { success: true };
  }

  @Post(':name/run')
  @AnyLogin()
  @Operation('run_backup_schedule', {
    tag: 'backup',
    summary: 'Make a backup of a schedule now',
    description:
      'Answers when it has begun: `GET /api/v1/backups/{id}` tells how it goes on, its `proof` included. 409 while one of the ' +
      'same schedule is under way.',
    answer: { success: true, backup: { ...BACKUP_EXAMPLE, outcome: 'running' } },
    problems: ['INVALID_ARGUMENT', 'NOT_FOUND', 'CONFLICT', 'UNAVAILABLE', 'INSUFFICIENT_STORAGE'],
  })
  async run(@CurrentRequester() requester: Requester, @Param('name', { schema: nameSchema }) name: string) {
    const schedule = this.schedules.get(name, requester.caller);
    return { success: true, backup: backupAnswer(await this.backups.runNow(schedule, requester)) };
  }
}
