import { Module } from '@nestjs/common';
import { ConfigModule } from '../config/config.module.js';
import { provideDatabase } from '../database/database.module.js';
import { EntriesStore } from './entries.store.js';
import { EntryPagesStore } from './entry-pages.store.js';
import { IngestController } from './ingest.controller.js';
import { IngestCounters } from './ingest-counters.js';
import { IngestService } from './ingest.service.js';
import { LogsRestorePolicy } from './logs-restore-policy.js';
import { LogsDatabase } from './logs.database.js';
import { PurgeService } from './purge.service.js';
import { PurgeStore } from './purge.store.js';
import { QueryController } from './query.controller.js';
import { QueryService } from './query.service.js';
import { ServerClock } from './server-clock.js';
import { StreamsController } from './streams.controller.js';
import { StreamsService } from './streams.service.js';
import { StreamsStore } from './streams.store.js';

@Module({
  imports: [ConfigModule],
  controllers: [IngestController, StreamsController, QueryController],
  providers: [
    provideDatabase(LogsDatabase, 'logs'),
    StreamsStore,
    StreamsService,
    PurgeStore,
    PurgeService,
    EntriesStore,
    ServerClock,
    IngestCounters,
    IngestService,
    EntryPagesStore,
    QueryService,
    LogsRestorePolicy,
  ],
  exports: [PurgeService, IngestCounters, LogsRestorePolicy],
})
export class LogsModule {}
