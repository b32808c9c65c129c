import { Body, Controller, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { RequirePermissions } from '../../auth/access.decorators.js';
import { stringMap } from '../../http/lenient.schema.js';
import { nameSchema } from '../../http/name.schema.js';
import { Operation } from '../../http/operation.decorator.js';
import { IngestService } from './ingest.service.js';

const ingestSchema = z.object({ record: stringMap.meta({ example: { message: 'hello' } }) });

@Controller('api/v1/pipelines')
export class IngestController {
  constructor(private readonly ingestion: IngestService) {}

  @Post(':pipeline/logs')
  @Operation('ingest_log', {
    tag: 'pipelines',
    summary: 'Send a log through a pipeline',
    description:
      'The record enters by the source of type `direct` and gets the time of its receipt. The answer comes when it is ' +
      'stored, safe from a crash, in every stream that it reached.',
    answer: { success: true },
    problems: ['INVALID_ARGUMENT', 'NOT_FOUND', 'TOO_LARGE', 'UNIMPLEMENTED', 'INSUFFICIENT_STORAGE'],
  })
  @RequirePermissions('send_logs')
  async ingest(
    @Param('pipeline', { schema: nameSchema }) pipeline: string,
    @Body({ schema: ingestSchema }) body: z.output<typeof ingestSchema>,
  ) {
    await this.ingestion.ingest(pipeline, body.record);
    return { success: true };
  }
}
