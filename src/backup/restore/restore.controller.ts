import { Controller, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import { RequirePermissions } from '../../auth/access.decorators.js';
import { DeniedRunFilter } from '../denied-run.filter.js';
import { CurrentRequester, type Requester } from '../requester.js';
import { generationsAnswer } from '../run-answer.js';
import { RUN_PERMISSIONS } from '../run-permissions.js';
import type { Run } from '../run.entity.js';
import type { RunScope } from '../run-scope.js';
import { RestoreAllOperation, RestoreOperation } from './restore-operation.js';
import { allRestoreQuery, authRestoreQuery, configRestoreQuery, logsRestoreQuery } from './restore.query.js';
import { type RestoreOptions, RestoreService } from './restore.service.js';
import { RestoreStandings } from './restore-standings.js';

type AuthQuery = z.output<typeof authRestoreQuery>;
type ConfigQuery = z.output<typeof configRestoreQuery>;
type LogsQuery = z.output<typeof logsRestoreQuery>;
type AllQuery = z.output<typeof allRestoreQuery>;

@Controller('api/v1/restore')
@UseFilters(DeniedRunFilter)
export class RestoreController {
  constructor(
    private readonly restores: RestoreService,
    private readonly standings: RestoreStandings,
  ) {}

  @Post()
  @RequirePermissions(...RUN_PERMISSIONS.restore.all)
  @RestoreAllOperation()
  all(
    @CurrentRequester() requester: Requester,
    @Query({ schema: allRestoreQuery }) query: AllQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    return this.restore('all', requester, query, request, response);
  }

  @Post('auth')
  @RequirePermissions(...RUN_PERMISSIONS.restore.auth)
  @RestoreOperation('auth', { users: 3, roles: 2, tokens: 4 })
  auth(
    @CurrentRequester() requester: Requester,
    @Query({ schema: authRestoreQuery }) query: AuthQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    return this.restore('auth', requester, query, request, response);
  }

  @Post('config')
  @RequirePermissions(...RUN_PERMISSIONS.restore.config)
  @RestoreOperation('config', { transformers: 1, pipelines: 2, alerts: 0 })
  config(
    @CurrentRequester() requester: Requester,
    @Query({ schema: configRestoreQuery }) query: ConfigQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    return this.restore('config', requester, query, request, response);
  }

  @Post('logs')
  @RequirePermissions(...RUN_PERMISSIONS.restore.logs)
  @RestoreOperation('logs', { streams: 1, entries: 20000 })
  logs(
    @CurrentRequester() requester: Requester,
    @Query({ schema: logsRestoreQuery }) query: LogsQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    return this.restore('logs', requester, query, request, response);
  }

  private async restore(
    scope: RunScope,
    requester: Requester,
    query: Partial<AllQuery>,
    request: Request,
    response: Response,
  ) {
    const options: RestoreOptions = {
      allowLockout: query.allow_lockout === 'true',
      confirmWithinSeconds: query.confirm_within,
    };
    const run = await this.restores.restore(scope, requester, options, request, response);
    return this.answer(run);
  }

  /** What came back, so that a script can compare it with what was saved. */
  private answer(run: Run) {
    const { undoableUntil, confirmBy } = this.standings.standing(run);
    return {
      success: true,
      restore_id: run.id,
      database: run.database,
      ...generationsAnswer(run),
      bytes: run.bytes,
      sha256: run.sha256,
      instant: run.instant,
      schema_version: run.schemaVersion,
      rows: run.rowCounts,
      undoable_until: undoableUntil,
      confirm_by: confirmBy,
    };
  }
}
