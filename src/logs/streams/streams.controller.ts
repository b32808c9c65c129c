import { Body, Controller, Delete, Get, Param, Put } from '@nestjs/common';
import type { z } from 'zod';
import { RequirePermissions } from '../../auth/access.decorators.js';
import { nameSchema } from '../../http/name.schema.js';
import { Operation } from '../../http/operation.decorator.js';
import { PurgeService } from './purge.service.js';
import { configureStreamSchema } from './stream-config.schema.js';
import { StreamsService } from './streams.service.js';

const CONFIG = { ttl: 86400, size: 1024, indexed_fields: ['appname'] };

@Controller('api/v1/streams')
export class StreamsController {
  constructor(
    private readonly streams: StreamsService,
    private readonly purges: PurgeService,
  ) {}

  @Get()
  @Operation('list_streams', {
    tag: 'streams',
    summary: 'List streams',
    description: 'Configurations by name: `ttl` in seconds, `size` in mebibytes, 0 for no limit.',
    answer: { success: true, streams: { default: CONFIG } },
  })
  @RequirePermissions('read_streams')
  async list() {
    return { success: true, streams: await this.streams.list() };
  }

  @Get(':stream')
  @Operation('get_stream', {
    tag: 'streams',
    summary: 'Get the configuration of a stream',
    description: 'A stream that does not exist yet is created with the default configuration.',
    answer: { success: true, config: CONFIG },
    problems: ['INVALID_ARGUMENT'],
  })
  @RequirePermissions('read_streams')
  async get(@Param('stream', { schema: nameSchema }) name: string) {
    return { success: true, config: await this.streams.get(name) };
  }

  @Put(':stream')
  @Operation('configure_stream', {
    tag: 'streams',
    summary: 'Configure a stream',
    description:
      'Creates the stream where it is absent. `ttl` counts for logs that are stored from now on; `size` counts at once ' +
      '(the answer comes when no more than that is shown); indexes are built behind the answer: `/indexes` tells how ' +
      'far they are.',
    answer: { success: true },
  })
  @RequirePermissions('write_streams')
  async configure(
    @Param('stream', { schema: nameSchema }) name: string,
    @Body({ schema: configureStreamSchema }) body: z.output<typeof configureStreamSchema>,
  ) {
    await this.streams.configure(name, body.config);
    return { success: true };
  }

  @Delete(':stream')
  @Operation('purge_stream', {
    tag: 'streams',
    summary: 'Purge a stream',
    description:
      'Removes its logs, its fields and its configuration. Everybody else sees it gone at once; the answer comes when ' +
      'the last log is removed. An absent stream is fine.',
    answer: { success: true },
    problems: ['INVALID_ARGUMENT', 'UNAVAILABLE'],
  })
  @RequirePermissions('write_streams')
  async purge(@Param('stream', { schema: nameSchema }) name: string) {
    await this.purges.purge(name);
    return { success: true };
  }

  @Get(':stream/fields')
  @Operation('list_stream_fields', {
    tag: 'streams',
    summary: 'List the fields of a stream',
    description: 'Every field name that was ever stored in it, sorted; `[]` for an absent stream.',
    answer: { success: true, fields: ['appname', 'message'] },
    problems: ['INVALID_ARGUMENT'],
  })
  @RequirePermissions('read_streams')
  async fields(@Param('stream', { schema: nameSchema }) name: string) {
    return { success: true, fields: await this.streams.fields(name) };
  }

  @Get(':stream/usage')
  @Operation('get_stream_usage', {
    tag: 'streams',
    summary: 'Get the usage of a stream',
    description:
      'Bytes of its logs as `size` counts them: the JSON of the fields and 64 bytes for each log. 0 for an absent stream.',
    answer: { success: true, usage: 1048576 },
    problems: ['INVALID_ARGUMENT'],
  })
  @RequirePermissions('read_streams')
  async usage(@Param('stream', { schema: nameSchema }) name: string) {
    return { success: true, usage: await this.streams.usage(name) };
  }

  @Get(':stream/indexes')
  @Operation('list_stream_indexes', {
    tag: 'streams',
    summary: 'List the indexes of a stream',
    description:
      'How far each index is. One that is not `ready` is being built: `built_count` of the `total_count` logs that were ' +
      'there when it was begun are in it, and queries do without it until then. `[]` for an absent stream.',
    answer: {
      success: true,
      indexes: [{ field: 'appname', ready: false, built_count: 4000, total_count: 130000 }],
    },
    problems: ['INVALID_ARGUMENT'],
  })
  @RequirePermissions('read_streams')
  async indexes(@Param('stream', { schema: nameSchema }) name: string) {
    const indexes = await this.streams.indexes(name);
    return {
      success: true,
      indexes: indexes.map(({ field, ready, builtCount, totalCount }) => ({
        field,
        ready,
        built_count: builtCount,
        total_count: totalCount,
      })),
    };
  }
}
