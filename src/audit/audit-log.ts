import { Injectable, Logger } from '@nestjs/common';
import type { Request } from 'express';
import type { Caller } from '../auth/caller.js';
import { originOf } from '../http/origin.js';

export type AuditOutcome = 'succeeded' | 'denied' | 'failed';

/** The lines of the log that say who did what: on at every level of detail. */
@Injectable()
export class AuditLog {
  private readonly log = new Logger('Audit');

  /** @param facts undefined ones are left out; a `user` counts where no caller is known. */
  record(
    operation: string,
    outcome: AuditOutcome,
    request: Request,
    facts: Record<string, unknown> = {},
  ): void {
    const { address, requestId } = originOf(request);
    const [path] = request.originalUrl.split('?');
    const user = (request.user as Caller | undefined)?.user ?? facts.user;
    const line = { outcome, ...facts, user, path, address, requestId };
    this.log.log(
      operation,
      Object.fromEntries(Object.entries(line).filter(([, fact]) => fact !== undefined)),
    );
  }
}
