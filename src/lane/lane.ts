import { resolveSecurityHeaders } from '@nestjs/core/security/security-headers.js';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { parse, type ParsedUrlQuery } from 'node:querystring';
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
import type { Brought, LaneRoute } from './lane-route.js';

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
      const url = request.url!;
      const end = url.indexOf('?');
      const path = end < 0 ? url : url.slice(0, end);
      for (const route of this.routes) {
        const parameters = route.method === request.method && route.match(path);
        if (!parameters) continue;
        const query = end < 0 ? {} : parse(url.slice(end + 1));
        if (!isPlain(request, route, query) || !this.mayPass(request, route)) break;
        void this.answer(request, response, { route, parameters, query });
        return;
      }
      longWay(request, response);
    };
  }

  private mayPass({ headers }: IncomingMessage, { access }: LaneRoute): boolean {
    const credential = decodeAuthorization(headers.authorization);
    return isAllowed(access, credential && this.callers.find(credential));
  }

  private async answer(request: IncomingMessage, response: ServerResponse, way: Way): Promise<void> {
    const { route, ...brought } = way;
    const { requestId } = this.requestLog.begin(request, response, route.template);
    try {
      const body = route.takes('body')
        ? decodeJson(await readBody(request, response, this.bodyLimitBytes, BODY_SECONDS))
        : undefined;
      if (route.takes('response')) {
        setHeaders(response, requestId);
        await route.call({ ...brought, body, response });
        return;
      }
      const text = answerText(await route.call({ ...brought, body, response }));
      const length = String(Buffer.byteLength(text));
      const own = [REQUEST_ID_HEADER, requestId, 'Content-Length', length];
      response.writeHead(200, [...HEADERS, ...own]).end(text);
    } catch (error) {
      if (!response.headersSent) setHeaders(response, requestId);
      this.problems.answer(error, request, response);
    }
  }
}

/** A request that may go by the lane, and what is known of it before its body is. */
interface Way extends Pick<Brought, 'parameters' | 'query'> {
  route: LaneRoute;
}

function isPlain({ headers }: IncomingMessage, route: LaneRoute, query: ParsedUrlQuery): boolean {
  const plainBody = route.takes('body')
    ? headers['content-type'] === 'application/json' && Number(headers['content-length']) > 0
    : headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
  // A token in a query is refused, and what is made of one that nobody expects is the router's to say.
  const plainQuery = route.takes('query')
    ? query.access_token === undefined
    : Object.keys(query).length === 0;
  return (
    plainBody &&
    plainQuery &&
    headers['content-encoding'] === undefined &&
    headers.expect === undefined &&
    headers.origin === undefined
  );
}

function setHeaders(response: ServerResponse, requestId: string): void {
  for (const [name, value] of [...SECURITY, [REQUEST_ID_HEADER, requestId] as const])
    response.setHeader(name, value);
}
