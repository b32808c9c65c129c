import { Module } from '@nestjs/common';
import { provideDatabase } from '../database/database.module.js';
import { AuthDatabase } from './auth.database.js';

@Module({
  providers: [provideDatabase(AuthDatabase, 'auth')],
})
export class AuthModule {}
