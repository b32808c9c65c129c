import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

const log = new Logger('Access');

/** A client's own `X-Correlation-Id` is taken over where it is fit for a log line. */
const FIT_FOR_A_LOG = /^[\x21-\x7e]{1,128}$/;

/** Gives each request an id for the log, and logs it when it ends (`FLOWG_VERBOSE`). */
export function requestLog(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  if (!Logger.isLevelEnabled('debug')) return next();
  const given = request.headers['x-correlation-id'];
  const correlationId = typeof given === 'string' && FIT_FOR_A_LOG.test(given) ? given : randomUUID();
  const started = process.hrtime.bigint();
  response.once('close', () => {
    const milliseconds = Number(process.hrtime.bigint() - started) / 1e6;
    // Without the query: it may hold a token, for which it is refused.
    const [path] = request.url!.split('?');
    const outcome = response.writableFinished ? response.statusCode : `${response.statusCode} cut`;
    log.debug(`${request.method} ${path} ${outcome} ${milliseconds.toFixed(1)}ms ${correlationId}`);
  });
  next();
}
