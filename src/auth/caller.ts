import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { Permission } from './permissions.js';

/** Who makes a request, and by which credential. Handed on as an argument, never injected. */
export interface Caller {
  user: string;
  permissions: ReadonlySet<Permission>;
  /** `expiresMs`: Unix milliseconds. */
  credential: { kind: 'jwt'; expiresMs: number } | { kind: 'pat'; tokenUuid: string };
}

/** The end of a JSON Web Token needs no change of the database. */
export function hasExpired({ credential }: Caller): boolean {
  return credential.kind === 'jwt' && credential.expiresMs <= Date.now();
}

/** The caller of a request that the guards have let pass. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  return context.switchToHttp().getRequest<Request & { user: Caller }>().user;
});
