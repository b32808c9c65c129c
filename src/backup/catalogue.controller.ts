import { Controller, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { AnyLogin } from '../auth/access.decorators.js';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { limitSchema } from '../http/limit.schema.js';
import { Operation } from '../http/operation.decorator.js';
import { CatalogueService } from './catalogue.service.js';
import { runAnswer } from './run-answer.js';

const STANDARD_LIMIT = 100;

const listQuery = z.object({ limit: limitSchema(1000, `At most so many; ${STANDARD_LIMIT} when left out.`) });
type ListQuery = z.output<typeof listQuery>;
const idSchema = z.uuid();

const EXAMPLE = {
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
const RESTORE_EXAMPLE = { ...EXAMPLE, generation: 2 };

/** The history, as far as the caller could have made it. */
@Controller('api/v1')
export class CatalogueController {
  constructor(private readonly catalogue: CatalogueService) {}

  @Get('backups')
  @AnyLogin()
  @Operation('list_backups', {
    tag: 'backup',
    summary: 'List backups, newest first',
    description: 'Of the databases that the caller may back up, refused and failed ones included.',
    answer: { success: true, backups: [EXAMPLE] },
    problems: ['INVALID_ARGUMENT'],
  })
  async listBackups(@CurrentCaller() caller: Caller, @Query({ schema: listQuery }) query: ListQuery) {
    const runs = await this.catalogue.list('backup', caller, Number(query.limit ?? STANDARD_LIMIT));
    return { success: true, backups: runs.map(runAnswer) };
  }

  @Get('backups/:id')
  @AnyLogin()
  @Operation('get_backup', {
    tag: 'backup',
    summary: 'Look at one backup',
    description:
      'With the id that `X-Backup-Id` told. `sha256` is there as soon as the last byte has been sent.',
    answer: { success: true, backup: EXAMPLE },
    problems: ['INVALID_ARGUMENT', 'NOT_FOUND'],
  })
  async getBackup(@CurrentCaller() caller: Caller, @Param('id', { schema: idSchema }) id: string) {
    return { success: true, backup: runAnswer(await this.catalogue.get('backup', id, caller)) };
  }

  @Get('restores')
  @AnyLogin()
  @Operation('list_restores', {
    tag: 'backup',
    summary: 'List restores, newest first',
    description: 'Of the databases that the caller may restore, refused and failed ones included.',
    answer: { success: true, restores: [RESTORE_EXAMPLE] },
    problems: ['INVALID_ARGUMENT'],
  })
  async listRestores(@CurrentCaller() caller: Caller, @Query({ schema: listQuery }) query: ListQuery) {
    const runs = await this.catalogue.list('restore', caller, Number(query.limit ?? STANDARD_LIMIT));
    return { success: true, restores: runs.map(runAnswer) };
  }

  @Get('restores/:id')
  @AnyLogin()
  @Operation('get_restore', {
    tag: 'backup',
    summary: 'Look at one restore',
    answer: { success: true, restore: RESTORE_EXAMPLE },
    problems: ['INVALID_ARGUMENT', 'NOT_FOUND'],
  })
  async getRestore(@CurrentCaller() caller: Caller, @Param('id', { schema: idSchema }) id: string) {
    return { success: true, restore: runAnswer(await this.catalogue.get('restore', id, caller)) };
  }
}
