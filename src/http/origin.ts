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
  /** Asked for at once: a connection that is closed has forgotten it. */
  private readonly peer: string | undefined;

  constructor(
    private readonly request: IncomingMessage,
    private readonly trustedProxies: BlockList | undefined,
  ) {
    this.requestId = requestIdOf(request.headers);
    this.peer = request.socket.remoteAddress;
  }

  /**
   * The client's address: that of the connection or, for as far back as each one who hands the request on is trusted, the
   * one that `X-Forwarded-For` names.
   */
  get address(): string {
    const { peer, trustedProxies } = this;
    if (peer === undefined) return 'unknown';
    if (!trustedProxies) return plainAddress(peer);
    const chain = proxyAddress.all(
      this.request,
      (address) => isIP(address) > 0 && isListed(trustedProxies, address),
    );
    // Whatever a client writes into the header that is no address is not taken for one.
    return plainAddress(chain.findLast((address) => isIP(address) > 0) ?? peer);
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
