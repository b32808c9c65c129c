import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { invalidArgument } from '../problems.js';
import { SETTINGS, type Settings } from '../settings.js';
import { readContent } from './read-content.js';
import { takesBody } from './takes-body.js';

/**
 * Reads and decodes the JSON body of handlers that have a `@Body()`. It stands where an interceptor stands, behind the
 * guards, so that nobody without permission makes the server read anything.
 */
@Injectable()
export class JsonBodyInterceptor implements NestInterceptor {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (wantsBody(context)) {
      const request = context.switchToHttp().getRequest<Request>();
      const response = context.switchToHttp().getResponse<Response>();
      request.body = await this.decode(request, response);
    }
    return next.handle();
  }

  private async decode(request: Request, response: Response): Promise<unknown> {
    if (request.headers['content-length'] === '0')
      throw invalidArgument('invalid argument: missing request body');
    const type = request.headers['content-type'];
    if (type !== undefined && !type.toLowerCase().startsWith('application/json')) {
      throw invalidArgument(
        `invalid argument: request with application/json content type expected, received: ${type.slice(0, 100)}`,
      );
    }
    const bytes = await readContent(request, response, this.settings.http.bodyLimitBytes);
    return decodeJson(bytes);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws Problem INVALID_ARGUMENT for no bytes at all and for what is not JSON in UTF-8. */
export function decodeJson(bytes: Buffer): unknown {
  if (bytes.length === 0) throw invalidArgument('invalid argument: missing request body');
  try {
    return (JSON.parse(utf8.decode(bytes)) as unknown) ?? {};
  } catch (error) {
    throw invalidArgument(`invalid argument: failed to decode json: ${(error as Error).message}`);
  }
}

const bodyHandlers = new WeakMap<object, boolean>();

function wantsBody(context: ExecutionContext): boolean {
  const handler = context.getHandler();
  let answer = bodyHandlers.get(handler);
  if (answer === undefined) {
    answer = takesBody(context.getClass(), handler.name);
    bodyHandlers.set(handler, answer);
  }
  return answer;
}
