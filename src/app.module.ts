import { type DynamicModule, Module } from '@nestjs/common';
import { databaseDefinitions } from '../ormconfig.js';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { BackupModule } from './backup/backup.module.js';
import { ConfigModule } from './config/config.module.js';
import { DatabaseModule } from './database/database.module.js';
import { LogsModule } from './logs/logs.module.js';
import { SyslogIngestService } from './logs/ingest/syslog-ingest.service.js';
import { ManagementModule } from './management/management.module.js';
import type { Settings } from './settings.js';
import { SettingsModule } from './settings.module.js';
import { SyslogModule } from './syslog/syslog.module.js';
import { VrlModule } from './vrl/vrl.module.js';

/** The list of modules, nothing else. */
@Module({})
export class AppModule {
  static with(settings: Settings): DynamicModule {
    return {
      module: AppModule,
      imports: [
        SettingsModule.with(settings),
        DatabaseModule.with(databaseDefinitions(settings)),
        AuditModule,
        AuthModule,
        VrlModule,
        ConfigModule,
        LogsModule,
        SyslogModule.to(LogsModule, SyslogIngestService),
        BackupModule,
        ManagementModule,
      ],
    };
  }
}
