import { Module } from '@nestjs/common';
import { provideDatabase } from '../database/database.module.js';
import { LogsDatabase } from './logs.database.js';

@Module({
  providers: [provideDatabase(LogsDatabase, 'logs')],
})
export class LogsModule {}
