import { Module } from '@nestjs/common';
import { provideDatabase } from '../database/database.module.js';
import { BackupDatabase } from './backup.database.js';

@Module({
  providers: [provideDatabase(BackupDatabase, 'backup')],
})
export class BackupModule {}
