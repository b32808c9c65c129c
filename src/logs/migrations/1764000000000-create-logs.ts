import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createManifestTable } from '../../database/portable-file/manifest-table.js';

/** Schema version 1. */
export class CreateLogs1764000000000 implements MigrationInterface {
  name = 'CreateLogs1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await createManifestTable(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE manifest');
  }
}
