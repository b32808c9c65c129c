import { Module } from '@nestjs/common';
import { ManagementServer } from './management.server.js';
import { Metrics } from './metrics.js';
import { Readiness } from './readiness.js';

/** Health, readiness and metrics, on a port of their own. */
@Module({
  providers: [ManagementServer, Metrics, Readiness],
})
export class ManagementModule {}
