import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createManifestTable } from '../../database/portable-file/manifest-table.js';

/** Schema version 1. */
export class CreateBackup1764000000000 implements MigrationInterface {
  name = 'CreateBackup1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await createManifestTable(runner);
    await runner.query(`
      CREATE TABLE run (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('backup', 'restore')),
        database TEXT NOT NULL,
        user TEXT NOT NULL,
        address TEXT NOT NULL,
        outcome TEXT NOT NULL,
        started_ms INTEGER NOT NULL,
        finished_ms INTEGER,
        bytes INTEGER,
        sha256 TEXT,
        instant TEXT,
        schema_version INTEGER,
        row_counts TEXT,
        generation INTEGER,
        error TEXT
      ) STRICT`);
    await runner.query('CREATE INDEX run_by_time ON run (kind, started_ms)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE run');
    await runner.query('DROP TABLE manifest');
  }
}
