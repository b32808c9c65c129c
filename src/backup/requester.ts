import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { Caller } from '../auth/caller.js';
import { originOf } from '../http/origin.js';

/** Who a run is written down under, and from where it was asked for. */
export interface RunBy {
  user: string;
  address: string;
}

/** Who asks for a backup or a restore. */
export interface Requester extends RunBy {
  caller: Caller;
}

/** @returns undefined when nobody is known to have sent the request. */
export function requesterOf(request: Request): Requester | undefined {
  const caller = request.user as Caller | undefined;
  return caller && { caller, user: caller.user, address: originOf(request).address };
}

/** The requester of a request that the guards have let pass. */
export const CurrentRequester = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  return requesterOf(context.switchToHttp().getRequest<Request>());
});
