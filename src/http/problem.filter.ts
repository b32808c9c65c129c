import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Logger,
  NotFoundException,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem } from '../problems.js';
import { sendJson } from './json-adapter.js';
import { answerText } from './json-answer.interceptor.js';
import { originOf } from './origin.js';
import { PROBLEM_STATUS } from './problem-status.js';
import { refuseRestOfBody } from './request-body.js';
import { answerUnknownPath } from './unknown-route.js';

/**
 * The only writer of error bodies: `{"status":"<CODE>","error":"<text>","context":{…}}`. Whatever is not a `Problem`
 * is a fault of the server: the client gets the id of the request, which is also in the log, and nothing else.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  protected readonly log = new Logger('Problem');

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    // Thrown by the framework only, for a file of the explorer that does not exist.
    if (error instanceof NotFoundException) return answerUnknownPath(response);
    this.answer(error, request, response);
  }

  /** Ends an answer, of Express' or not, with what went wrong. */
  answer(error: unknown, request: IncomingMessage, response: ServerResponse): void {
    const problem = this.asProblem(error, request);
    if (response.headersSent) {
      // The status is out: cutting the connection is the only way left to say that the answer is not complete.
      response.destroy();
      return;
    }
    refuseRestOfBody(request, response);
    if (problem.code === 'UNAUTHENTICATED') response.setHeader('WWW-Authenticate', 'Bearer realm="flowg"');
    if (problem.retryAfterSeconds) response.setHeader('Retry-After', String(problem.retryAfterSeconds));
    response.statusCode = PROBLEM_STATUS[problem.code];
    sendJson(response, answerText(problemBody(problem)));
  }

  private asProblem(error: unknown, request: IncomingMessage): Problem {
    if (error instanceof Problem) {
      if (error.cause instanceof Error) this.log.warn(`${error.message}\n${error.cause.stack}`);
      return error;
    }
    // Express refuses a path that cannot be decoded before any of our code sees it.
    const status =
      error instanceof HttpException ? error.getStatus() : (error as { status?: number })?.status;
    if (status === 400 || error instanceof URIError) {
      return new Problem('INVALID_ARGUMENT', 'invalid argument: bad request', { cause: error });
    }
    const { requestId } = originOf(request);
    // Only the stack: the properties of a driver's error hold the values of its parameters, secrets among them.
    this.log.error('internal error', { requestId }, error instanceof Error ? error.stack : String(error));
    return new Problem('INTERNAL', `internal: the server failed; its log has the cause under ${requestId}`, {
      cause: error,
    });
  }
}

export function problemBody(problem: Problem): Record<string, unknown> {
  return {
    status: problem.code,
    error: problem.message,
    ...(problem.context && { context: problem.context }),
  };
}
