import { Logger } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { randomUUID } from 'node:crypto';

const log = new Logger('Access');

/** A client's own `X-Correlation-Id` is taken over where it is fit for a log line. */
const FIT_FOR_A_LOG = /^[\x21-\x7e]{1,128}$/;

/** Gives each request an id for the log, and logs it when it ends (`FLOWG_VERBOSE`). */
export function requestLog(request: Request, response: Response, next: NextFunction): void {
  const given = request.headers['x-correlation-id'];
  const correlationId = typeof given === 'string' && FIT_FOR_A_LOG.test(given) ? given : randomUUID();
  const started = process.hrtime.bigint();
  response.once('close', () => {
    const milliseconds = Number(process.hrtime.bigint() - started) / 1e6;
    const outcome = response.writableFinished ? response.statusCode : `${response.statusCode} cut`;
    log.debug(`${request.method} ${request.path} ${outcome} ${milliseconds.toFixed(1)}ms ${correlationId}`);
  });
  next();
}
