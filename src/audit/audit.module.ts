import { Global, Module } from '@nestjs/common';
import { AuditLog } from './audit-log.js';

/** What every module may write to. */
@Global()
@Module({ providers: [AuditLog], exports: [AuditLog] })
export class AuditModule {}
