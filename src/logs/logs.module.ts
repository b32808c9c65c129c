import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { ConfigModule } from '../config/config.module.js';
import { LogsChangesService } from './changes/logs-changes.service.js';
import { provideDatabase } from '../database/database.module.js';
import { VrlModule } from '../vrl/vrl.module.js';
import { AlertCallsController } from './deliveries/alert-calls.controller.js';
import { AlertCallsService } from './deliveries/alert-calls.service.js';
import { DeliveriesStore } from './deliveries/deliveries.store.js';
import { DeliveryService } from './deliveries/delivery.service.js';
import { NoticesService } from './deliveries/notices.service.js';
import { WebhookClient } from './deliveries/webhook-client.js';
import { EntriesStore } from './entries/entries.store.js';
import { EntryWriter } from './ingest/entry-writer.js';
import { IngestController } from './ingest/ingest.controller.js';
import { IngestCounters } from './ingest/ingest-counters.js';
import { IngestService } from './ingest/ingest.service.js';
import { ServerClock } from './ingest/server-clock.js';
import { SyslogIngestService } from './ingest/syslog-ingest.service.js';
import { LogsRestorePolicy } from './logs-restore-policy.js';
import { LogsDatabase } from './logs.database.js';
import { CompiledPipelines } from './pipeline/compiled-pipelines.service.js';
import { PipelineRunner } from './pipeline/pipeline-runner.js';
import { LogsStateService } from './logs-state.service.js';
import { CarryOverService } from './merge/carry-over.service.js';
import { MergeService } from './merge/merge.service.js';
import { PipelineTestController } from './pipeline/pipeline-test.controller.js';
import { PipelineTestService } from './pipeline/pipeline-test.service.js';
import { EntryPagesStore } from './query/entry-pages.store.js';
import { QueryController } from './query/query.controller.js';
import { QueryService } from './query/query.service.js';
import { FieldIndexesStore } from './streams/field-indexes.store.js';
import { PurgeService } from './streams/purge.service.js';
import { PurgeStore } from './streams/purge.store.js';
import { RetentionStore } from './streams/retention.store.js';
import { StreamsController } from './streams/streams.controller.js';
import { StreamsService } from './streams/streams.service.js';
import { StreamsStore } from './streams/streams.store.js';
import { UpkeepService } from './streams/upkeep.service.js';
import { UpkeepStore } from './streams/upkeep.store.js';
import { ReplayStore } from './watch/replay.store.js';
import { WatchController } from './watch/watch.controller.js';
import { WatchHub } from './watch/watch-hub.js';
import { WatchService } from './watch/watch.service.js';

const STREAMS = [
  StreamsStore,
  StreamsService,
  FieldIndexesStore,
  RetentionStore,
  PurgeStore,
  PurgeService,
  UpkeepStore,
  UpkeepService,
];
const INGEST = [EntriesStore, ServerClock, IngestCounters, EntryWriter, IngestService, SyslogIngestService];
const PIPELINES = [CompiledPipelines, PipelineRunner, PipelineTestService];
const QUERY = [EntryPagesStore, QueryService];
const WATCH = [WatchHub, ReplayStore, WatchService];
const DELIVERIES = [DeliveriesStore, WebhookClient, DeliveryService, AlertCallsService, NoticesService];

@Module({
  imports: [AuthModule, ConfigModule, VrlModule],
  // What has a fixed path comes before what has a parameter in the same place.
  controllers: [
    IngestController,
    StreamsController,
    QueryController,
    WatchController,
    PipelineTestController,
    AlertCallsController,
  ],
  providers: [
    provideDatabase(LogsDatabase, 'logs'),
    ...STREAMS,
    ...INGEST,
    ...PIPELINES,
    ...QUERY,
    ...WATCH,
    ...DELIVERIES,
    LogsRestorePolicy,
    LogsChangesService,
    CarryOverService,
    MergeService,
    LogsStateService,
  ],
  exports: [
    UpkeepService,
    IngestCounters,
    LogsRestorePolicy,
    LogsChangesService,
    CarryOverService,
    MergeService,
    LogsStateService,
    SyslogIngestService,
    NoticesService,
  ],
})
export class LogsModule {}
