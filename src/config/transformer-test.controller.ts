import { Body, Controller, Post } from '@nestjs/common';
import type { z } from 'zod';
import { RequirePermissions } from '../auth/access.decorators.js';
import { jsonObject, stringMap } from '../http/lenient.schema.js';
import { Operation } from '../http/operation.decorator.js';
import { scriptSchema } from './transformer.schema.js';
import { TransformersService } from './transformers.service.js';

const testSchema = jsonObject({
  code: scriptSchema.meta({ example: '. = parse_json!(.message)' }),
  record: stringMap.meta({ example: { message: '{"level":"info"}' } }),
});

@Controller('api/v1/test/transformer')
export class TransformerTestController {
  constructor(private readonly transformers: TransformersService) {}

  @Post()
  @Operation('test_transformer', {
    tag: 'tests',
    summary: 'Test a transformer',
    description:
      'Runs the script with this record. 400 when it does not compile (line, column, and the report of the compiler in ' +
      '`context`) or fails with this record.',
    answer: { success: true, record: { level: 'info' } },
    problems: ['UNAVAILABLE'],
  })
  @RequirePermissions('read_transformers')
  async test(@Body({ schema: testSchema }) body: z.output<typeof testSchema>) {
    return { success: true, record: await this.transformers.test(body.code, body.record) };
  }
}
