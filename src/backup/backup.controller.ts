import { applyDecorators, Controller, Get, Res, UseFilters } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { Response } from 'express';
import { RequirePermissions } from '../auth/access.decorators.js';
import type { RestorableName } from '../database/database.js';
import { Operation } from '../http/operation.decorator.js';
import { BackupService } from './backup.service.js';
import { DeniedRunFilter } from './denied-run.filter.js';
import { CurrentRequester, type Requester } from './requester.js';
import { RUN_PERMISSIONS } from './run-permissions.js';

@Controller('api/v1/backup')
@UseFilters(DeniedRunFilter)
export class BackupController {
  constructor(private readonly backups: BackupService) {}

  @Get('auth')
  @RequirePermissions(...RUN_PERMISSIONS.backup.auth)
  @BackupOperation('auth')
  auth(@CurrentRequester() requester: Requester, @Res() response: Response): Promise<void> {
    return this.backups.download('auth', requester, response);
  }

  @Get('config')
  @RequirePermissions(...RUN_PERMISSIONS.backup.config)
  @BackupOperation('config')
  config(@CurrentRequester() requester: Requester, @Res() response: Response): Promise<void> {
    return this.backups.download('config', requester, response);
  }

  @Get('logs')
  @RequirePermissions(...RUN_PERMISSIONS.backup.logs)
  @BackupOperation('logs')
  logs(@CurrentRequester() requester: Requester, @Res() response: Response): Promise<void> {
    return this.backups.download('logs', requester, response);
  }
}

/** What the explorer shows of the three routes. */
function BackupOperation(name: RestorableName) {
  return applyDecorators(
    Operation(`backup_${name}`, {
      tag: 'backup',
      summary: `Download a backup of the ${name} database`,
      description:
        'One consistent instant, taken while everything keeps running, as an ordinary SQLite database. ' +
        '`GET /api/v1/backups/{id}` with the id of `X-Backup-Id` tells its SHA-256 once the download has ended.',
      problems: ['INSUFFICIENT_STORAGE'],
    }),
    ApiResponse({
      status: 200,
      description: `The file \`${name}.db\`.`,
      content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
      headers: {
        'Content-Length': { description: 'Bytes of the file.', schema: { type: 'integer' } },
        'X-Backup-Id': { description: 'Row of the catalogue.', schema: { type: 'string', format: 'uuid' } },
      },
    }),
  );
}
