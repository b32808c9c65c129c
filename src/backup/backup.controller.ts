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
import type { RunScope } from './run-scope.js';

@Controller('api/v1/backup')
@UseFilters(DeniedRunFilter)
export class BackupController {
  constructor(private readonly backups: BackupService) {}

  @Get()
  @RequirePermissions(...RUN_PERMISSIONS.backup.all)
  @BackupOperation('all', {
    summary: 'Download a backup of the whole server',
    mediaType: 'application/x-tar',
    description:
      'The three databases at one and the same instant, as a tar: `manifest.json`, `auth.db`, `config.db`, `logs.db`, ' +
      '`SHA256SUMS`. Each `.db` is what the route of that database gives.',
  })
  all(@CurrentRequester() requester: Requester, @Res() response: Response): Promise<void> {
    return this.backups.download('all', requester, response);
  }

  @Get('auth')
  @RequirePermissions(...RUN_PERMISSIONS.backup.auth)
  @BackupOperation('auth', ofDatabase('auth'))
  auth(@CurrentRequester() requester: Requester, @Res() response: Response): Promise<void> {
    return this.backups.download('auth', requester, response);
  }

  @Get('config')
  @RequirePermissions(...RUN_PERMISSIONS.backup.config)
  @BackupOperation('config', ofDatabase('config'))
  config(@CurrentRequester() requester: Requester, @Res() response: Response): Promise<void> {
    return this.backups.download('config', requester, response);
  }

  @Get('logs')
  @RequirePermissions(...RUN_PERMISSIONS.backup.logs)
  @BackupOperation('logs', ofDatabase('logs'))
  logs(@CurrentRequester() requester: Requester, @Res() response: Response): Promise<void> {
    return this.backups.download('logs', requester, response);
  }
}

interface DownloadDocs {
  summary: string;
  description: string;
  mediaType: string;
}

function ofDatabase(name: RestorableName): DownloadDocs {
  return {
    summary: `Download a backup of the ${name} database`,
    description: 'One consistent instant, as an ordinary SQLite database.',
    mediaType: 'application/octet-stream',
  };
}

/** What the explorer shows of a download. */
function BackupOperation(scope: RunScope, { summary, description, mediaType }: DownloadDocs) {
  return applyDecorators(
    Operation(`backup_${scope}`, {
      tag: 'backup',
      summary,
      description:
        `${description} Taken while everything keeps running. \`GET /api/v1/backups/{id}\` with the id of ` +
        '`X-Backup-Id` tells its SHA-256 once the download has ended.',
      problems: ['INSUFFICIENT_STORAGE'],
    }),
    ApiResponse({
      status: 200,
      description: 'The file.',
      content: { [mediaType]: { schema: { type: 'string', format: 'binary' } } },
      headers: {
        'Content-Length': { description: 'Bytes of the file.', schema: { type: 'integer' } },
        'X-Backup-Id': { description: 'Row of the catalogue.', schema: { type: 'string', format: 'uuid' } },
      },
    }),
  );
}
