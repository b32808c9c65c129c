import { resolveSecurityHeaders } from '@nestjs/core/security/security-headers.js';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { isAllowed } from '../auth/access.decorators.js';
import { decodeAuthorization } from '../auth/credential.js';
import type { KnownCallers } from '../auth/known-callers.js';
import { answerText } from '../http/json-answer.interceptor.js';
import { decodeJson } from '../http/json-body.interceptor.js';
import type { ProblemFilter } from '../http/problem.filter.js';
import { BODY_SECONDS, readBody } from '../http/request-body.js';
import { REQUEST_ID_HEADER } from '../http/request-id.js';
import type { RequestLog } from '../http/request-log.js';
import { SECURITY_HEADERS } from '../http/security-headers.js';
import type { LaneRoute } from './lane-route.js';

const SECURITY = resolveSecurityHeaders(SECURITY_HEADERS).headers;

/** Names and values in turn, as `writeHead` takes them. */
const HEADERS = [...SECURITY.flat(), 'Content-Type', 'application/json'];

/**
 * The short way of a request: only where everything about it is plain, and the caller is known to be allowed. All others,
 * and so every refusal that comes before a body is read, go the long way, through the framework, to the same handlers.
 */
export class Lane {
  constructor(
    private readonly routes: LaneRoute[],
    private readonly callers: KnownCallers,
    private readonly problems: ProblemFilter,
    private readonly requestLog: RequestLog,
    private readonly bodyLimitBytes: number,
  ) {}

  /** @param longWay what takes the requests that do not go by the lane. */
  inFrontOf(longWay: RequestListener): RequestListener {
    return (request, response) => {
      for (const route of this.routes) {
        const parameters = route.method === request.method && route.match(request.url!);
        if (!parameters) continue;
        if (!this.isPlain(request) || !this.mayPass(request, route)) break;
        void this.answer(request, response, route, parameters);
        return;
      }
      longWay(request, response);
    };
  }

  private isPlain({ headers }: IncomingMessage): boolean {
    return (
      headers['content-type'] === 'application/json' &&
      headers['content-encoding'] === undefined &&
      Number(headers['content-length']) > 0 &&
      headers.expect === undefined &&
      headers.origin === undefined
    );
  }

  private mayPass({ headers }: IncomingMessage, { access }: LaneRoute): boolean {
    const credential = decodeAuthorization(headers.authorization);
    return isAllowed(access, credential && this.callers.find(credential));
  }

  private async answer(
    request: IncomingMessage,
    response: ServerResponse,
    route: LaneRoute,
    parameters: Record<string, string>,
  ): Promise<void> {
    const { requestId } = this.requestLog.begin(request, response, route.template);
    try {
      const bytes = await readBody(request, response, this.bodyLimitBytes, BODY_SECONDS);
      const text = answerText(await route.call(parameters, decodeJson(bytes)));
      const length = String(Buffer.byteLength(text));
      const own = [REQUEST_ID_HEADER, requestId, 'Content-Length', length];
      response.writeHead(200, [...HEADERS, ...own]).end(text);
    } catch (error) {
      this.refuse(error, request, response, requestId);
    }
  }

  private refuse(
    error: unknown,
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
  ): void {
    if (!response.headersSent)
      for (const [name, value] of [...SECURITY, [REQUEST_ID_HEADER, requestId] as const])
        response.setHeader(name, value);
    this.problems.answer(error, request, response);
  }
}
