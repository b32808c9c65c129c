import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { type BlockList, isIP } from 'node:net';
import proxyAddress from 'proxy-addr';
import { isListed, plainAddress } from '../addresses.js';
import { requestIdOf } from './request-id.js';

const ORIGIN = Symbol('origin');

type Noted = IncomingMessage & { [ORIGIN]?: Origin };

/** From where a request comes, and by which id the log and its sender know it. */
export class Origin {
  readonly requestId: string;

  constructor(
    private readonly request: IncomingMessage,
    private readonly trustedProxies: BlockList | undefined,
  ) {
    this.requestId = requestIdOf(request.headers);
  }

  /**
   * The client's address: that of the connection or, for as far back as each one who hands the request on is trusted, the
   * one that `X-Forwarded-For` names.
   */
  get address(): string {
    const { remoteAddress } = this.request.socket;
    if (remoteAddress === undefined) return 'unknown';
    const { trustedProxies } = this;
    if (!trustedProxies) return plainAddress(remoteAddress);
    const chain = proxyAddress.all(
      this.request,
      (address) => isIP(address) > 0 && isListed(trustedProxies, address),
    );
    // Whatever a client writes into the header that is no address is not taken for one.
    return plainAddress(chain.findLast((address) => isIP(address) > 0) ?? remoteAddress);
  }
}

/** To be called when a request begins, whichever way it goes. */
export function noteOrigin(request: IncomingMessage, trustedProxies: BlockList | undefined): Origin {
  return ((request as Noted)[ORIGIN] = new Origin(request, trustedProxies));
}

/** @throws Error for a request of which `noteOrigin` was not told. */
export function originOf(request: IncomingMessage): Origin {
  const origin = (request as Noted)[ORIGIN];
  if (!origin) throw new Error('a request without origin: noteOrigin comes first');
  return origin;
}

/** From where the request comes, as an argument of a controller. */
export const CurrentOrigin = createParamDecorator((_data: unknown, context: ExecutionContext): Origin => {
  return originOf(context.switchToHttp().getRequest<IncomingMessage>());
});
