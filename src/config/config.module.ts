import { Module } from '@nestjs/common';
import { provideDatabase } from '../database/database.module.js';
import { VrlModule } from '../vrl/vrl.module.js';
import { AlertsController } from './alerts.controller.js';
import { AlertsService } from './alerts.service.js';
import { ConfigChangesService } from './changes/config-changes.service.js';
import { ConfigRestorePolicy } from './config-restore-policy.js';
import { ConfigDatabase } from './config.database.js';
import { PipelinesController } from './pipelines.controller.js';
import { PipelinesService } from './pipelines.service.js';
import { PipelinesStore } from './pipelines.store.js';
import { TakeDefinitionsService } from './take-definitions/take-definitions.service.js';
import { TransformerTestController } from './transformer-test.controller.js';
import { TransformersController } from './transformers.controller.js';
import { TransformersService } from './transformers.service.js';

@Module({
  imports: [VrlModule],
  controllers: [TransformersController, TransformerTestController, PipelinesController, AlertsController],
  providers: [
    provideDatabase(ConfigDatabase, 'config'),
    TransformersService,
    PipelinesStore,
    PipelinesService,
    AlertsService,
    ConfigRestorePolicy,
    ConfigChangesService,
    TakeDefinitionsService,
  ],
  exports: [
    PipelinesService,
    AlertsService,
    ConfigRestorePolicy,
    ConfigChangesService,
    TakeDefinitionsService,
  ],
})
export class ConfigModule {}
