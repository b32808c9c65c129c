import { Module } from '@nestjs/common';

/** Health, readiness and metrics, on a port of their own. */
@Module({})
export class ManagementModule {}
