import { Logger } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BlockList } from 'node:net';
import { noteOrigin, type Origin } from './origin.js';
import { countRequest } from './request-metrics.js';

/** Begins every request, by the lane or not: notes where it comes from, counts it when it ends, and logs it (`FLOWG_VERBOSE`). */
export class RequestLog {
  private readonly log = new Logger('Access');

  /** @param trustedProxies whose word is taken for where a request comes from. */
  constructor(private readonly trustedProxies: BlockList | undefined) {}

  /**
   * @param route as it is declared, where it is known; otherwise the router will have found it by the end.
   * @returns the origin, whose id the answer has to carry.
   */
  begin(request: IncomingMessage, response: ServerResponse, route?: string): Origin {
    const origin = noteOrigin(request, this.trustedProxies);
    const started = performance.now();
    response.once('close', () => {
      const milliseconds = performance.now() - started;
      const status = response.writableFinished ? String(response.statusCode) : 'cut';
      countRequest(request.method!, route ?? routeOf(request), { status, seconds: milliseconds / 1000 });
      if (Logger.isLevelEnabled('debug')) this.write(request, response, origin, milliseconds);
    });
    return origin;
  }

  private write(
    request: IncomingMessage,
    response: ServerResponse,
    { address, requestId }: Origin,
    milliseconds: number,
  ): void {
    // Without the query: it may hold a token, for which it is refused.
    const [path] = request.url!.split('?');
    this.log.debug(`${request.method} ${path}`, {
      status: response.statusCode,
      ...(!response.writableFinished && { cut: true }),
      milliseconds: Math.round(milliseconds * 10) / 10,
      address,
      requestId,
    });
  }
}

/** As Express leaves it behind. */
function routeOf(request: IncomingMessage & { route?: { path: string } }): string {
  return request.route?.path ?? 'none';
}
