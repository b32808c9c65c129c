import { type CanActivate, type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { AuditLog } from '../audit/audit-log.js';
import { operationIdOf } from '../http/operation.decorator.js';
import { Problem } from '../problems.js';
import { declaredAccess, isAllowed } from './access.decorators.js';
import type { Caller } from './caller.js';

/** May they? Stands behind the token guard. A route that declares nothing is refused to everybody. */
@Injectable()
export class PermissionsGuard implements CanActivate {
  private readonly log = new Logger('PermissionsGuard');

  constructor(
    private readonly reflector: Reflector,
    private readonly audit: AuditLog,
  ) {}

  /** @throws Problem PERMISSION_DENIED */
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request & { user?: Caller }>();
    const access = declaredAccess(this.reflector, context);
    if (!access) {
      const route = `${context.getClass().name}.${context.getHandler().name}`;
      this.log.error(`${route} declares no access: it is refused to everybody`);
    } else if (isAllowed(access, request.user)) return true;
    this.audit.record(operationIdOf(context.getHandler()), 'denied', request);
    throw new Problem('PERMISSION_DENIED', 'permission denied');
  }
}
