import { Module } from '@nestjs/common';
import { ConfigModule } from '../config/config.module.js';
import { provideDatabase } from '../database/database.module.js';
import { EntriesStore } from './ingest/entries.store.js';
import { EntryPagesStore } from './query/entry-pages.store.js';
import { IngestController } from './ingest/ingest.controller.js';
import { IngestCounters } from './ingest/ingest-counters.js';
import { IngestService } from './ingest/ingest.service.js';
import { LogsRestorePolicy } from './logs-restore-policy.js';
import { LogsDatabase } from './logs.database.js';
import { PurgeService } from './streams/purge.service.js';
import { PurgeStore } from './streams/purge.store.js';
import { QueryController } from './query/query.controller.js';
import { QueryService } from './query/query.service.js';
import { ServerClock } from './ingest/server-clock.js';
import { StreamsController } from './streams/streams.controller.js';
import { StreamsService } from './streams/streams.service.js';
import { StreamsStore } from './streams/streams.store.js';

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
