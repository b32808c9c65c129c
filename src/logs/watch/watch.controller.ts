import { applyDecorators, Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { RequirePermissions } from '../../auth/access.decorators.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { compileFilter } from '../../filter/compile-filter.js';
import { FilterError } from '../../filter/filter-error.js';
import { parseFilter } from '../../filter/parse-filter.js';
import { nameSchema } from '../../http/name.schema.js';
import { Operation } from '../../http/operation.decorator.js';
import { invalidArgument } from '../../problems.js';
import { positionOfEvent } from './event-id.js';
import type { Watch } from './live-events.js';
import { WatchService } from './watch.service.js';

const watchQuery = z.object({
  filter: z
    .string({ error: 'one value is expected' })
    .optional()
    .meta({ description: 'Only logs that match it. Empty: all.', example: 'level = "error"' }),
});

@Controller('api/v1/streams')
export class WatchController {
  constructor(private readonly watches: WatchService) {}

  @Get(':stream/logs/watch')
  @Operation('watch_logs', {
    tag: 'streams',
    summary: 'Watch the logs of a stream',
    description:
      'Server-sent events of the type `log`, one for each log that is stored from now on, or behind the one whose id ' +
      'is sent as `Last-Event-ID`. A comment comes every few seconds as a sign of life. A client that is too slow gets ' +
      'an event `missed` with the number of logs that it was not sent. When the rights of the token end, an event ' +
      '`error` comes and the answer ends.',
    problems: ['INVALID_ARGUMENT'],
  })
  @EventStream()
  @RequirePermissions('read_streams')
  async watch(
    @Param('stream', { schema: nameSchema }) stream: string,
    @Query({ schema: watchQuery }) query: z.output<typeof watchQuery>,
    @Headers('last-event-id') lastEventId: string | undefined,
    @CurrentCaller() caller: Caller,
    @Res() response: Response,
  ): Promise<void> {
    const watch = readWatch(stream, query.filter, lastEventId);
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache',
      Connection: 'keep-alive',
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Expose-Headers': 'Content-Type',
      // A proxy that gathers answers would keep events back.
      'X-Accel-Buffering': 'no',
    });
    response.flushHeaders();
    await this.watches.send(watch, caller, response);
  }
}

/** @throws Problem INVALID_ARGUMENT. */
function readWatch(stream: string, filter: string | undefined, lastEventId: string | undefined): Watch {
  const context: Record<string, string[]> = {};
  let matches: Watch['matches'] = () => true;
  try {
    if (filter) matches = compileFilter(parseFilter(filter));
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    context['query:filter'] = [error.message];
  }
  const after = lastEventId ? positionOfEvent(lastEventId) : undefined;
  if (lastEventId && !after) context['header:Last-Event-ID'] = ['not the id of an event: send it as it came'];
  if (Object.keys(context).length > 0) throw invalidArgument('invalid argument: bad request', context);
  return { stream, matches, after };
}

function EventStream() {
  return applyDecorators(
    ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Id of the last event that was seen.' }),
    ApiResponse({
      status: 200,
      description: 'Events, until somebody closes the connection.',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    }),
  );
}
