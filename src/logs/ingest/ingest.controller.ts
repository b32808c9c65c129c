import { Body, Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import { RequirePermissions } from '../../auth/access.decorators.js';
import { jsonObject, lenientList, stringMap } from '../../http/lenient.schema.js';
import { nameSchema } from '../../http/name.schema.js';
import { Operation } from '../../http/operation.decorator.js';
import { readContent, requireContentType, utf8Text } from '../../http/read-content.js';
import { FastRoute } from '../../lane/fast-route.decorator.js';
import type { ProblemCode } from '../../problems.js';
import { SETTINGS, type Settings } from '../../settings.js';
import { MOST_RECORDS } from '../record.js';
import { IngestService } from './ingest.service.js';
import { decodeOtlp } from './otlp/decode-otlp.js';
import { recordsOfLines } from './text-lines.js';

const ingestSchema = jsonObject({ record: stringMap.meta({ example: { message: 'hello' } }) });
const structSchema = jsonObject({
  records: lenientList(stringMap, MOST_RECORDS).meta({ example: [{ message: 'hello' }] }),
});

const PROBLEMS: ProblemCode[] = [
  'INVALID_ARGUMENT',
  'NOT_FOUND',
  'TIMEOUT',
  'TOO_LARGE',
  'UNAVAILABLE',
  'INSUFFICIENT_STORAGE',
];

const STORED =
  'The answer comes when all of it is stored, safe from a crash, in every stream that it reached; if anything fails, ' +
  'nothing is stored and the answer says which node it was. The body may be gzip (`Content-Encoding`).';

const OTLP_EXAMPLE = {
  resourceLogs: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeLogs: [
        {
          logRecords: [
            { timeUnixNano: '1769851800000000000', severityText: 'INFO', body: { stringValue: 'hello' } },
          ],
        },
      ],
    },
  ],
};

@Controller('api/v1/pipelines')
export class IngestController {
  constructor(
    private readonly ingestion: IngestService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Post(':pipeline/logs')
  @FastRoute()
  @Operation('ingest_log', {
    tag: 'pipelines',
    summary: 'Send a log through a pipeline',
    description: `The record enters by the source of type \`direct\` and gets the time of its receipt. ${STORED}`,
    answer: { success: true },
    problems: PROBLEMS,
  })
  @RequirePermissions('send_logs')
  async ingest(
    @Param('pipeline', { schema: nameSchema }) pipeline: string,
    @Body({ schema: ingestSchema }) body: z.output<typeof ingestSchema>,
  ) {
    await this.ingestion.ingest(pipeline, [body.record]);
    return { success: true };
  }

  @Post(':pipeline/logs/struct')
  @FastRoute()
  @Operation('ingest_logs_struct', {
    tag: 'pipelines',
    summary: 'Send several logs through a pipeline',
    description: `In their order, as one transaction. ${STORED}`,
    answer: { success: true, processed_count: 2 },
    problems: PROBLEMS,
  })
  @RequirePermissions('send_logs')
  async ingestStruct(
    @Param('pipeline', { schema: nameSchema }) pipeline: string,
    @Body({ schema: structSchema }) body: z.output<typeof structSchema>,
  ) {
    await this.ingestion.ingest(pipeline, body.records);
    return { success: true, processed_count: body.records.length };
  }

  @Post(':pipeline/logs/text')
  @Operation('ingest_logs_text', {
    tag: 'pipelines',
    summary: 'Send lines of text through a pipeline',
    description: `Each line that is not empty becomes a record with the field \`content\`. ${STORED}`,
    answer: { success: true, processed_count: 2 },
    problems: PROBLEMS,
  })
  @ApiConsumes('text/plain')
  @ApiBody({ schema: { type: 'string', example: 'first line\nsecond line\n' } })
  @RequirePermissions('send_logs')
  async ingestText(
    @Param('pipeline', { schema: nameSchema }) pipeline: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    requireContentType(request, ['text/plain']);
    const body = await readContent(request, response, this.settings.http.bodyLimitBytes);
    const records = recordsOfLines(utf8Text(body));
    await this.ingestion.ingest(pipeline, records);
    return { success: true, processed_count: records.length };
  }

  @Post(':pipeline/logs/otlp')
  @Operation('ingest_logs_otlp', {
    tag: 'pipelines',
    summary: 'Send logs of OpenTelemetry through a pipeline',
    description:
      'An `ExportLogsServiceRequest` of OTLP/HTTP, in protobuf or JSON. Its log records become records with the fields ' +
      '`body`, `severity_text`, `severity_number`, `time_unix_nano`, `observed_time_unix_nano`, `trace_id`, `span_id`, ' +
      '`flags`, `event_name`, `dropped_attributes_count`, `attr.…`, `resource.…` and `scope.…`. A request in protobuf ' +
      `is answered in protobuf, unless it accepts \`application/json\`. ${STORED}`,
    answer: { success: true, processed_count: 2 },
    problems: PROBLEMS,
  })
  @ApiConsumes('application/json', 'application/x-protobuf')
  @ApiBody({ schema: { type: 'object', example: OTLP_EXAMPLE } })
  @RequirePermissions('send_logs')
  async ingestOtlp(
    @Param('pipeline', { schema: nameSchema }) pipeline: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const type = requireContentType(request, [
      'application/json',
      'application/x-protobuf',
      'application/protobuf',
    ]);
    const encoding = type === 'application/json' ? 'json' : 'protobuf';
    const body = await readContent(request, response, this.settings.http.bodyLimitBytes);
    const records = decodeOtlp(body, encoding);
    await this.ingestion.ingest(pipeline, records);
    if (encoding === 'protobuf' && !request.headers.accept?.includes('application/json')) {
      // An ExportLogsServiceResponse that has nothing to say has no bytes.
      response.status(200).type('application/x-protobuf').end();
      return undefined;
    }
    return { success: true, processed_count: records.length };
  }
}
