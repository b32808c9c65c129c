import { Logger } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BlockList } from 'node:net';
import { noteOrigin, type Origin } from './origin.js';

/** Begins every request, by the lane or not: notes where it comes from, and logs it when it ends (`FLOWG_VERBOSE`). */
export class RequestLog {
  private readonly log = new Logger('Access');

  /** @param trustedProxies whose word is taken for where a request comes from. */
  constructor(private readonly trustedProxies: BlockList | undefined) {}

  /** @returns the origin, whose id the answer has to carry. */
  begin(request: IncomingMessage, response: ServerResponse): Origin {
    const origin = noteOrigin(request, this.trustedProxies);
    if (Logger.isLevelEnabled('debug')) this.logAtEnd(request, response, origin);
    return origin;
  }

  private logAtEnd(request: IncomingMessage, response: ServerResponse, origin: Origin): void {
    const started = performance.now();
    response.once('close', () => {
      // Without the query: it may hold a token, for which it is refused.
      const [path] = request.url!.split('?');
      const milliseconds = Math.round((performance.now() - started) * 10) / 10;
      this.log.debug(`${request.method} ${path}`, {
        status: response.statusCode,
        ...(!response.writableFinished && { cut: true }),
        milliseconds,
        address: origin.address,
        requestId: origin.requestId,
      });
    });
  }
}
