import { Controller, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { AnyLogin } from '../../auth/access.decorators.js';
import { Operation } from '../../http/operation.decorator.js';
import { CurrentRequester, type Requester } from '../requester.js';
import { VerifyService } from './verify.service.js';

const FACTS = {
  bytes: 61440,
  sha256: 'f2ca1bb6c7e907d06dafe4687e579fce76b37e4e93b7605022da52e6ccc26fd2',
  instant: '2026-01-31T09:30:00.004Z',
  server_version: '0.1.0',
};

const EXAMPLE = {
  success: true,
  kind: 'database',
  restorable: true,
  ...FACTS,
  databases: {
    auth: {
      restorable: true,
      ...FACTS,
      schema_version: 1,
      rows: { users: 3, roles: 2, tokens: 4 },
      failed: null,
    },
  },
  failed: null,
};

@Controller('api/v1/backup')
export class VerifyController {
  constructor(private readonly verifications: VerifyService) {}

  @Post('verify')
  @AnyLogin()
  @Operation('verify_backup', {
    tag: 'backup',
    summary: 'Check a backup without restoring it',
    description:
      'Everything that a restore would check, on the backup of a database or an archive of all of them; nothing is ' +
      'changed and nothing is kept. A file that a restore would refuse is `restorable: false`, with the check that it ' +
      '`failed`. Needs what a backup of the same databases needs.',
    answer: EXAMPLE,
    problems: ['INVALID_ARGUMENT', 'PERMISSION_DENIED', 'TIMEOUT', 'UNAVAILABLE', 'INSUFFICIENT_STORAGE'],
  })
  @ApiConsumes('multipart/form-data')
  @ApiBody({
    schema: {
      type: 'object',
      required: ['backup'],
      properties: {
        backup: {
          type: 'string',
          format: 'binary',
          description: 'A file that GET /api/v1/backup or one of the routes below it gave.',
        },
      },
    },
  })
  async verify(
    @CurrentRequester() requester: Requester,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    return { success: true, ...(await this.verifications.verify(requester, request, response)) };
  }
}
