import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { ConfigModule } from '../config/config.module.js';
import { provideDatabase } from '../database/database.module.js';
import { LogsModule } from '../logs/logs.module.js';
import { VrlModule } from '../vrl/vrl.module.js';
import { BackupContents } from './backup-contents.service.js';
import { BackupController } from './backup.controller.js';
import { BackupDatabase } from './backup.database.js';
import { BackupService } from './backup.service.js';
import { CatalogueController } from './catalogue.controller.js';
import { CatalogueService } from './catalogue.service.js';
import { CatalogueStore } from './catalogue.store.js';
import { DestinationChecks } from './destinations/destination-checks.service.js';
import { DestinationsController } from './destinations/destinations.controller.js';
import { Destinations } from './destinations/destinations.service.js';
import { FlowgImportsService } from './flowg-import/flowg-imports.service.js';
import { Lockout } from './restore/lockout.js';
import { SourceRuns } from './restore/source-runs.js';
import { RestoreSources } from './restore/sources/restore-sources.service.js';
import { ProofController } from './proof/proof.controller.js';
import { ProofRequests } from './proof/proof-requests.js';
import { ProofService } from './proof/proof.service.js';
import { LiveSwitch } from './restore/live-switch.js';
import { NewerLogsService } from './restore/newer-logs.js';
import { PartialRestoreService } from './restore/partial-restore.service.js';
import { PreviewService } from './restore/preview.service.js';
import { RestoreController } from './restore/restore.controller.js';
import { RestorePlans } from './restore/restore-plan.js';
import { RestoreRequests } from './restore/restore-requests.js';
import { RestoreRuns } from './restore/restore-runs.js';
import { RestoreService } from './restore/restore.service.js';
import { RestoreStandings } from './restore/restore-standings.js';
import { RestoresController } from './restore/restores.controller.js';
import { RunningRestores } from './restore/running-restores.js';
import { StagingService } from './restore/staging.service.js';
import { UnattendedRestores } from './restore/unattended-restores.js';
import { UndoService } from './restore/undo.service.js';
import { RetentionService } from './schedules/retention.service.js';
import { ScheduleAnswers } from './schedules/schedule-answers.js';
import { ScheduledBackups } from './schedules/scheduled-backups.js';
import { ScheduledRuns } from './schedules/scheduled-runs.service.js';
import { ScheduleMetrics } from './schedules/schedule-metrics.js';
import { SchedulesController } from './schedules/schedules.controller.js';
import { SchedulesService } from './schedules/schedules.service.js';
import { SchedulesStore } from './schedules/schedules.store.js';
import { ScheduleNotices } from './schedules/schedule-notices.js';
import { ScheduleTroubles } from './schedules/schedule-troubles.js';
import { StoredBackups } from './schedules/stored-backups.service.js';
import { Timetable } from './schedules/timetable.js';
import { VerifyController } from './verify/verify.controller.js';
import { VerifyService } from './verify/verify.service.js';

const SCHEDULES = [
  RetentionService,
  ScheduleAnswers,
  ScheduledBackups,
  ScheduledRuns,
  ScheduleMetrics,
  SchedulesService,
  SchedulesStore,
  ScheduleNotices,
  ScheduleTroubles,
  StoredBackups,
  Timetable,
];

@Module({
  imports: [AuthModule, ConfigModule, LogsModule, VrlModule],
  controllers: [
    BackupController,
    CatalogueController,
    DestinationsController,
    RestoreController,
    RestoresController,
    SchedulesController,
    VerifyController,
    ProofController,
  ],
  providers: [
    provideDatabase(BackupDatabase, 'backup'),
    CatalogueStore,
    CatalogueService,
    BackupContents,
    BackupService,
    Destinations,
    DestinationChecks,
    LiveSwitch,
    Lockout,
    NewerLogsService,
    PartialRestoreService,
    PreviewService,
    RestorePlans,
    RestoreRequests,
    RestoreRuns,
    RestoreService,
    RestoreStandings,
    RunningRestores,
    StagingService,
    UnattendedRestores,
    UndoService,
    SourceRuns,
    RestoreSources,
    ProofService,
    ProofRequests,
    VerifyService,
    FlowgImportsService,
    ...SCHEDULES,
  ],
})
export class BackupModule {}
