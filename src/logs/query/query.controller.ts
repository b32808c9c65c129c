import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { z } from 'zod';
import { RequirePermissions } from '../../auth/access.decorators.js';
import { nameSchema } from '../../http/name.schema.js';
import { Operation } from '../../http/operation.decorator.js';
import { FastRoute } from '../../lane/fast-route.decorator.js';
import { SETTINGS, type Settings } from '../../settings.js';
import { querySchema, readQuery } from './query.schema.js';
import { type AnswerPiece, QueryService } from './query.service.js';

const RECORD = { timestamp: '2026-01-31T09:30:00.123456789Z', fields: { message: 'hello' } };

@Controller('api/v1/streams')
export class QueryController {
  constructor(
    private readonly queries: QueryService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get(':stream/logs')
  @Operation('query_stream', {
    tag: 'streams',
    summary: 'Query the logs of a stream',
    description:
      'The logs of the window, newest first; none for an absent stream. With `limit` the answer has `next_cursor` ' +
      '(null at the end), without it all logs come in one answer of any length: a connection that ends early means ' +
      'that the answer is not complete.',
    answer: { success: true, records: [RECORD], next_cursor: 'WzE3Njk4NTE4MDAxMjMsNDJd' },
    problems: ['INVALID_ARGUMENT'],
  })
  @RequirePermissions('read_streams')
  @FastRoute()
  async query(
    @Param('stream', { schema: nameSchema }) stream: string,
    @Query({ schema: querySchema }) query: z.output<typeof querySchema>,
    @Res() response: ServerResponse,
  ): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const answer = this.queries.answer(stream, readQuery(query), gone.signal);
    try {
      // Until here a failure still has an answer of its own.
      const { value: first, done } = await answer.next();
      // Nobody waits any more.
      if (done) return;
      response.setHeader('Content-Type', 'application/json');
      // Silence is the client's only when it has not taken what it was sent: a rare filter looks for long.
      response.setTimeout(this.settings.transferIdleSeconds * 1000, () => {
        if (response.writableNeedDrain) response.destroy();
      });
      if (first.final) response.setHeader('Content-Length', first.text.length).end(first.text);
      else await pipeline(textsOf(first, answer), response);
    } catch (error) {
      // A client that went away, or took nothing for too long, is nobody's fault.
      if (!response.destroyed || !isPrematureClose(error)) throw error;
    } finally {
      await answer.return(undefined);
    }
  }
}

async function* textsOf(first: AnswerPiece, more: AsyncGenerator<AnswerPiece>): AsyncGenerator<Buffer> {
  yield first.text;
  for await (const { text } of more) yield text;
}

function isPrematureClose(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_STREAM_PREMATURE_CLOSE';
}
