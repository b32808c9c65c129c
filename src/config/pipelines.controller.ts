import { Body, Controller, Delete, Get, Param, Put } from '@nestjs/common';
import type { z } from 'zod';
import { RequirePermissions } from '../auth/access.decorators.js';
import { jsonObject } from '../http/lenient.schema.js';
import { nameSchema } from '../http/name.schema.js';
import { Operation } from '../http/operation.decorator.js';
import { flowSchema } from './flow/flow.schema.js';
import { DEFAULT_PIPELINE } from './default-pipeline.js';
import { PipelinesService } from './pipelines.service.js';

const saveSchema = jsonObject({ flow: flowSchema.meta({ example: DEFAULT_PIPELINE.flow }) });

@Controller('api/v1/pipelines')
export class PipelinesController {
  constructor(private readonly pipelines: PipelinesService) {}

  @Get()
  @Operation('list_pipelines', {
    tag: 'pipelines',
    summary: 'List pipelines',
    description: 'Their names, sorted.',
    answer: { success: true, pipelines: ['default'] },
  })
  @RequirePermissions('read_pipelines')
  async list() {
    return { success: true, pipelines: await this.pipelines.list() };
  }

  @Get(':pipeline')
  @Operation('get_pipeline', {
    tag: 'pipelines',
    summary: 'Get a pipeline',
    answer: { success: true, flow: DEFAULT_PIPELINE.flow },
    problems: ['INVALID_ARGUMENT', 'NOT_FOUND'],
  })
  @RequirePermissions('read_pipelines')
  async get(@Param('pipeline', { schema: nameSchema }) name: string) {
    return { success: true, flow: await this.pipelines.get(name) };
  }

  @Put(':pipeline')
  @Operation('save_pipeline', {
    tag: 'pipelines',
    summary: 'Save a pipeline',
    description:
      'Creates or replaces it. A flow that could not run is refused with everything that is wrong with it, by node ' +
      'and edge: unknown types, missing data, edges that lead nowhere, out of an end or in a circle, conditions that ' +
      'are no filters, names of transformers, alerts and pipelines that do not exist.',
    answer: { success: true },
  })
  @RequirePermissions('write_pipelines')
  async save(
    @Param('pipeline', { schema: nameSchema }) name: string,
    @Body({ schema: saveSchema }) body: z.output<typeof saveSchema>,
  ) {
    await this.pipelines.save(name, body.flow);
    return { success: true };
  }

  @Delete(':pipeline')
  @Operation('delete_pipeline', {
    tag: 'pipelines',
    summary: 'Delete a pipeline',
    answer: { success: true },
    problems: ['INVALID_ARGUMENT', 'NOT_FOUND'],
  })
  @RequirePermissions('write_pipelines')
  async delete(@Param('pipeline', { schema: nameSchema }) name: string) {
    await this.pipelines.delete(name);
    return { success: true };
  }
}
