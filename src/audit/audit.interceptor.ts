import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request } from 'express';
import { type Observable, tap } from 'rxjs';
import { operationIdOf } from '../http/operation.decorator.js';
import { Problem } from '../problems.js';
import { AuditLog } from './audit-log.js';
import { AUDITED_OPERATIONS } from './audited-operations.js';

/** Writes down how each attempt of an audited operation ended. Stands before the body is read: a bad one counts too. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(private readonly audit: AuditLog) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const operation = operationIdOf(context.getHandler());
    const factsOf = AUDITED_OPERATIONS[operation];
    if (!factsOf) return next.handle();
    const request = context.switchToHttp().getRequest<Request>();
    return next.handle().pipe(
      tap({
        next: (answer: Record<string, unknown>) =>
          this.audit.record(operation, 'succeeded', request, factsOf(request, answer)),
        error: (error: unknown) => {
          const code = error instanceof Problem ? error.code : 'INTERNAL';
          const outcome = code === 'PERMISSION_DENIED' ? 'denied' : 'failed';
          this.audit.record(operation, outcome, request, { ...factsOf(request), code });
        },
      }),
    );
  }
}
