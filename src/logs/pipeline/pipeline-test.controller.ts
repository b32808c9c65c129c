import { Body, Controller, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { RequirePermissions } from '../../auth/access.decorators.js';
import { DEFAULT_PIPELINE } from '../../config/default-pipeline.js';
import { flowObject } from '../../config/flow/flow.schema.js';
import { jsonObject, lenientList, stringMap } from '../../http/lenient.schema.js';
import { nameSchema } from '../../http/name.schema.js';
import { Operation } from '../../http/operation.decorator.js';
import { PipelineTestService } from './pipeline-test.service.js';

/** The answer has every record once for each node it passes. */
const MOST_RECORDS = 100;

const testSchema = jsonObject({
  flow: flowObject.nullish().meta({ example: DEFAULT_PIPELINE.flow }),
  records: lenientList(stringMap, MOST_RECORDS).meta({ example: [{ message: 'hello' }] }),
});

@Controller('api/v1/test/pipeline')
export class PipelineTestController {
  constructor(private readonly tests: PipelineTestService) {}

  @Post(':pipeline')
  @Operation('test_pipeline', {
    tag: 'tests',
    summary: 'Test a pipeline',
    description:
      'Runs records through the pipeline, or through `flow` in its place, and tells what each node saw. Nothing is ' +
      'stored and no alert is sent. `error` is that of the first record that failed.',
    answer: {
      success: true,
      trace: [
        {
          record: 0,
          pipeline: 'default',
          nodeID: '__builtin__source_direct',
          input: { message: 'hello' },
          output: [{ message: 'hello' }],
          error: null,
        },
      ],
      error: null,
    },
    problems: ['NOT_FOUND', 'UNAVAILABLE'],
  })
  @RequirePermissions('send_logs', 'read_pipelines')
  async test(
    @Param('pipeline', { schema: nameSchema }) pipeline: string,
    @Body({ schema: testSchema }) body: z.output<typeof testSchema>,
  ) {
    return { success: true, ...(await this.tests.test(pipeline, body.flow ?? undefined, body.records)) };
  }
}
