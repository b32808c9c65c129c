import { Controller, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import { RequirePermissions } from '../../auth/access.decorators.js';
import { DeniedRunFilter } from '../denied-run.filter.js';
import { CurrentRequester, type Requester } from '../requester.js';
import { RUN_PERMISSIONS } from '../run-permissions.js';
import { RestoreAllOperation, RestoreOperation } from './restore-operation.js';
import { allRestoreQuery, authRestoreQuery, configRestoreQuery, logsRestoreQuery } from './restore.query.js';
import { RestoreRequests } from './restore-requests.js';

type AuthQuery = z.output<typeof authRestoreQuery>;
type ConfigQuery = z.output<typeof configRestoreQuery>;
type LogsQuery = z.output<typeof logsRestoreQuery>;
type AllQuery = z.output<typeof allRestoreQuery>;

@Controller('api/v1/restore')
@UseFilters(DeniedRunFilter)
export class RestoreController {
  constructor(private readonly requests: RestoreRequests) {}

  @Post()
  @RequirePermissions(...RUN_PERMISSIONS.restore.all)
  @RestoreAllOperation()
  all(
    @CurrentRequester() requester: Requester,
    @Query({ schema: allRestoreQuery }) query: AllQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    return this.requests.carryOut('all', query, { requester, request, response });
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
    return this.requests.carryOut('auth', query, { requester, request, response });
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
    return this.requests.carryOut('config', query, { requester, request, response });
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
    return this.requests.carryOut('logs', query, { requester, request, response });
  }
}
