import { applyDecorators, Controller, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { RequirePermissions } from '../auth/access.decorators.js';
import type { RestorableName } from '../database/database.js';
import { Operation } from '../http/operation.decorator.js';
import { DeniedRunFilter } from './denied-run.filter.js';
import { CurrentRequester, type Requester } from './requester.js';
import { type Restored, RestoreService } from './restore.service.js';
import { RUN_PERMISSIONS } from './run-permissions.js';

const authQuery = z.object({
  allow_lockout: z
    .enum(['true', 'false'], { error: 'true or false' })
    .default('false')
    .meta({ description: 'Restore even if you could not come back afterwards.' }),
  one_time_passwords: z.enum(['true', 'false'], { error: 'true or false' }).default('false').meta({
    description:
      "For a backup of FlowG's: users whose password cannot be taken over get a new one, which the answer tells.",
  }),
});

@Controller('api/v1/restore')
@UseFilters(DeniedRunFilter)
export class RestoreController {
  constructor(private readonly restores: RestoreService) {}

  @Post('auth')
  @RequirePermissions(...RUN_PERMISSIONS.restore.auth)
  @RestoreOperation('auth', { users: 3, roles: 2, tokens: 4 })
  async auth(
    @CurrentRequester() requester: Requester,
    @Query({ schema: authQuery }) query: z.output<typeof authQuery>,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const options = {
      allowLockout: query.allow_lockout === 'true',
      oneTimePasswords: query.one_time_passwords === 'true',
    };
    return answer(await this.restores.restore('auth', requester, options, request, response));
  }

  @Post('config')
  @RequirePermissions(...RUN_PERMISSIONS.restore.config)
  @RestoreOperation('config', { transformers: 1, pipelines: 2, alerts: 0 })
  async config(
    @CurrentRequester() requester: Requester,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    return answer(await this.restores.restore('config', requester, NO_OPTIONS, request, response));
  }

  @Post('logs')
  @RequirePermissions(...RUN_PERMISSIONS.restore.logs)
  @RestoreOperation('logs', { streams: 1, entries: 20000 })
  async logs(
    @CurrentRequester() requester: Requester,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    return answer(await this.restores.restore('logs', requester, NO_OPTIONS, request, response));
  }
}

const NO_OPTIONS = { allowLockout: true };

/** What came back, so that a script can compare it with what was saved. */
function answer({ run, imported }: Restored) {
  return {
    success: true,
    restore_id: run.id,
    database: run.database,
    generation: run.generation,
    bytes: run.bytes,
    sha256: run.sha256,
    instant: run.instant,
    schema_version: run.schemaVersion,
    rows: run.rowCounts,
    import: imported,
  };
}

/** What the explorer shows of the three routes. */
function RestoreOperation(name: RestorableName, rows: Record<string, number>) {
  return applyDecorators(
    Operation(`restore_${name}`, {
      tag: 'backup',
      summary: `Put a backup of the ${name} database back`,
      description:
        'Exactly the state of the backup, all of it or nothing: what was changed or deleted since comes back, what was ' +
        'added is gone. The server goes on meanwhile. A file that is not a sound backup of this database is refused ' +
        'before anything is touched.',
      answer: {
        success: true,
        restore_id: '5f0f6a3e-6e0a-4d0b-9d43-0d1d5a0c2a51',
        database: name,
        generation: 2,
        bytes: 61440,
        sha256: 'f2ca1bb6c7e907d06dafe4687e579fce76b37e4e93b7605022da52e6ccc26fd2',
        instant: '2026-01-31T09:30:00.004Z',
        schema_version: 1,
        rows,
      },
      problems: ['INVALID_ARGUMENT', 'TIMEOUT', 'CONFLICT', 'INSUFFICIENT_STORAGE'],
    }),
    ApiConsumes('multipart/form-data'),
    ApiBody({
      schema: {
        type: 'object',
        required: ['backup'],
        properties: {
          backup: {
            type: 'string',
            format: 'binary',
            description: `A file that GET /api/v1/backup/${name} gave, here or on a server of FlowG's own.`,
          },
        },
      },
    }),
  );
}
