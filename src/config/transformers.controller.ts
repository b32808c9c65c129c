import { Body, Controller, Delete, Get, Param, Put } from '@nestjs/common';
import type { z } from 'zod';
import { RequirePermissions } from '../auth/access.decorators.js';
import { jsonObject } from '../http/lenient.schema.js';
import { nameSchema } from '../http/name.schema.js';
import { Operation } from '../http/operation.decorator.js';
import { scriptSchema } from './transformer.schema.js';
import { TransformersService } from './transformers.service.js';

const SCRIPT = '. = parse_json!(.message)';

const saveSchema = jsonObject({ script: scriptSchema.meta({ example: SCRIPT }) });

@Controller('api/v1/transformers')
export class TransformersController {
  constructor(private readonly transformers: TransformersService) {}

  @Get()
  @Operation('list_transformers', {
    tag: 'transformers',
    summary: 'List transformers',
    description: 'Their names, sorted.',
    answer: { success: true, transformers: ['default'] },
  })
  @RequirePermissions('read_transformers')
  async list() {
    return { success: true, transformers: await this.transformers.list() };
  }

  @Get(':transformer')
  @Operation('get_transformer', {
    tag: 'transformers',
    summary: 'Get a transformer',
    answer: { success: true, script: SCRIPT },
    problems: ['INVALID_ARGUMENT', 'NOT_FOUND'],
  })
  @RequirePermissions('read_transformers')
  async get(@Param('transformer', { schema: nameSchema }) name: string) {
    return { success: true, script: await this.transformers.get(name) };
  }

  @Put(':transformer')
  @Operation('save_transformer', {
    tag: 'transformers',
    summary: 'Save a transformer',
    description:
      'Creates or replaces it. A script that does not compile is refused, with line and column, and with the ' +
      "compiler's own report in `context`.",
    answer: { success: true },
    problems: ['UNAVAILABLE'],
  })
  @RequirePermissions('write_transformers')
  async save(
    @Param('transformer', { schema: nameSchema }) name: string,
    @Body({ schema: saveSchema }) body: z.output<typeof saveSchema>,
  ) {
    await this.transformers.save(name, body.script);
    return { success: true };
  }

  @Delete(':transformer')
  @Operation('delete_transformer', {
    tag: 'transformers',
    summary: 'Delete a transformer',
    answer: { success: true },
    problems: ['INVALID_ARGUMENT', 'NOT_FOUND'],
  })
  @RequirePermissions('write_transformers')
  async delete(@Param('transformer', { schema: nameSchema }) name: string) {
    await this.transformers.delete(name);
    return { success: true };
  }
}
