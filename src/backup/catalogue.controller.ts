import { Controller, Get, Param, Query } from '@nestjs/common';
import { AnyLogin } from '../auth/access.decorators.js';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { Operation } from '../http/operation.decorator.js';
import { CatalogueService } from './catalogue.service.js';
import { type ListQuery, listQuery, mostRuns, runIdSchema } from './list-query.js';
import { backupAnswer } from './run-answer.js';

/** A run, as the explorer shows it. */
export const RUN_EXAMPLE = {
  id: '5f0f6a3e-6e0a-4d0b-9d43-0d1d5a0c2a51',
  database: 'auth',
  outcome: 'succeeded',
  user: 'root',
  address: '127.0.0.1',
  started_at: '2026-01-31T09:30:00.000Z',
  finished_at: '2026-01-31T09:30:00.024Z',
  bytes: 61440,
  sha256: 'f2ca1bb6c7e907d06dafe4687e579fce76b37e4e93b7605022da52e6ccc26fd2',
  instant: '2026-01-31T09:30:00.004Z',
  schema_version: 1,
  rows: { users: 3, roles: 2, tokens: 4 },
  error: null,
};

/** A backup that a schedule asked for, as the explorer shows it. */
export const BACKUP_EXAMPLE = {
  ...RUN_EXAMPLE,
  user: 'root',
  schedule: 'nightly',
  stored: {
    destination: 'offsite',
    file: 'flowg-nightly-auth-20260131T093000Z-5f0f6a3e.db.gz',
    bytes: 8211,
    sha256: '1b4f0e9851971998e732078544c96b36c3d01cedf7caa332359d6f1d83567014',
    compression: 'gzip',
    sealed: false,
    removed_at: null,
  },
  proof: {
    outcome: 'proven',
    reach: 'content',
    failed: null,
    error: null,
    checks: [
      {
        check: 'stored',
        saw: '8211 bytes, SHA-256 1b4f0e9851971998e732078544c96b36c3d01cedf7caa332359d6f1d83567014',
      },
      { check: 'restorable', saw: 'auth: every check of a restore' },
    ],
    queries: [{ database: 'auth', question: 'users', found: 3, took_ms: 1 }],
    took_ms: 412,
    ended_at: '2026-01-31T09:30:01.100Z',
    server_version: '0.1.0',
  },
};

/** The history of backups, as far as the caller could have made them. */
@Controller('api/v1/backups')
export class CatalogueController {
  constructor(private readonly catalogue: CatalogueService) {}

  @Get()
  @AnyLogin()
  @Operation('list_backups', {
    tag: 'backup',
    summary: 'List backups, newest first',
    description: 'Of the databases that the caller may back up, refused and failed ones included.',
    answer: { success: true, backups: [BACKUP_EXAMPLE] },
    problems: ['INVALID_ARGUMENT'],
  })
  async listBackups(@CurrentCaller() caller: Caller, @Query({ schema: listQuery }) query: ListQuery) {
    const runs = await this.catalogue.list('backup', caller, mostRuns(query));
    return { success: true, backups: runs.map(backupAnswer) };
  }

  @Get(':id')
  @AnyLogin()
  @Operation('get_backup', {
    tag: 'backup',
    summary: 'Look at one backup',
    description:
      'With the id that `X-Backup-Id` told. `sha256` is there as soon as the last byte has been sent.',
    answer: { success: true, backup: BACKUP_EXAMPLE },
    problems: ['INVALID_ARGUMENT', 'NOT_FOUND'],
  })
  async getBackup(@CurrentCaller() caller: Caller, @Param('id', { schema: runIdSchema }) id: string) {
    return { success: true, backup: backupAnswer(await this.catalogue.get('backup', id, caller)) };
  }
}
