import { Module } from '@nestjs/common';
import { provideDatabase } from '../database/database.module.js';
import { ConfigDatabase } from './config.database.js';

@Module({
  providers: [provideDatabase(ConfigDatabase, 'config')],
})
export class ConfigModule {}
