import { type CanActivate, type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { Problem } from '../problems.js';
import { declaredAccess, isAllowed } from './access.decorators.js';
import type { Caller } from './caller.js';

/** May they? Stands behind the token guard. A route that declares nothing is refused to everybody. */
@Injectable()
export class PermissionsGuard implements CanActivate {
  private readonly log = new Logger('PermissionsGuard');

  constructor(private readonly reflector: Reflector) {}

  /** @throws Problem PERMISSION_DENIED */
  canActivate(context: ExecutionContext): boolean {
    const access = declaredAccess(this.reflector, context);
    if (!access) {
      const route = `${context.getClass().name}.${context.getHandler().name}`;
      this.log.error(`${route} declares no access: it is refused to everybody`);
    } else {
      const { user } = context.switchToHttp().getRequest<Request & { user?: Caller }>();
      if (isAllowed(access, user)) return true;
    }
    throw new Problem('PERMISSION_DENIED', 'permission denied');
  }
}
