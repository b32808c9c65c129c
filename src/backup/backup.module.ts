import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { ConfigModule } from '../config/config.module.js';
import { provideDatabase } from '../database/database.module.js';
import { LogsModule } from '../logs/logs.module.js';
import { VrlModule } from '../vrl/vrl.module.js';
import { BackupController } from './backup.controller.js';
import { BackupDatabase } from './backup.database.js';
import { BackupService } from './backup.service.js';
import { CatalogueController } from './catalogue.controller.js';
import { CatalogueService } from './catalogue.service.js';
import { CatalogueStore } from './catalogue.store.js';
import { FlowgImportsService } from './flowg-import/flowg-imports.service.js';
import { RestoreController } from './restore.controller.js';
import { RestoreService } from './restore.service.js';
import { RunningRestores } from './running-restores.js';

@Module({
  imports: [AuthModule, ConfigModule, LogsModule, VrlModule],
  controllers: [BackupController, RestoreController, CatalogueController],
  providers: [
    provideDatabase(BackupDatabase, 'backup'),
    CatalogueStore,
    CatalogueService,
    BackupService,
    RestoreService,
    RunningRestores,
    FlowgImportsService,
  ],
})
export class BackupModule {}
