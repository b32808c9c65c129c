import { Module } from '@nestjs/common';
import { provideDatabase } from '../database/database.module.js';
import { AlertsController } from './alerts.controller.js';
import { AlertsService } from './alerts.service.js';
import { ConfigRestorePolicy } from './config-restore-policy.js';
import { ConfigDatabase } from './config.database.js';
import { PipelinesController } from './pipelines.controller.js';
import { PipelinesService } from './pipelines.service.js';
import { TransformersController } from './transformers.controller.js';
import { TransformersService } from './transformers.service.js';

@Module({
  controllers: [TransformersController, PipelinesController, AlertsController],
  providers: [
    provideDatabase(ConfigDatabase, 'config'),
    TransformersService,
    PipelinesService,
    AlertsService,
    ConfigRestorePolicy,
  ],
  exports: [PipelinesService, ConfigRestorePolicy],
})
export class ConfigModule {}
