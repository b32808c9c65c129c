import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BlockList } from 'node:net';
import { noteOrigin } from './origin.js';

/** A client's own `X-Correlation-Id` is taken over where it is fit for a log line. */
const FIT_FOR_A_LOG = /^[\x21-\x7e]{1,128}$/;

/** Begins every request, by the lane or not: notes where it comes from, and logs it when it ends (`FLOWG_VERBOSE`). */
export class RequestLog {
  private readonly log = new Logger('Access');

  /** @param trustedProxies whose word is taken for where a request comes from. */
  constructor(private readonly trustedProxies: BlockList | undefined) {}

  begin(request: IncomingMessage, response: ServerResponse): void {
    const origin = noteOrigin(request, this.trustedProxies);
    if (!Logger.isLevelEnabled('debug')) return;
    const given = request.headers['x-correlation-id'];
    const correlationId = typeof given === 'string' && FIT_FOR_A_LOG.test(given) ? given : randomUUID();
    const started = process.hrtime.bigint();
    // While there is a connection: it has forgotten the address when it is closed.
    const { address } = origin;
    response.once('close', () => {
      const milliseconds = Number(process.hrtime.bigint() - started) / 1e6;
      // Without the query: it may hold a token, for which it is refused.
      const [path] = request.url!.split('?');
      const outcome = response.writableFinished ? response.statusCode : `${response.statusCode} cut`;
      this.log.debug(
        `${request.method} ${path} ${outcome} ${milliseconds.toFixed(1)}ms ${address} ${correlationId}`,
      );
    });
  }
}
