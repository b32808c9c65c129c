import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createManifestTable } from '../../database/portable-file/manifest-table.js';

/** Schema version 1. */
export class CreateConfig1764000000000 implements MigrationInterface {
  name = 'CreateConfig1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await createManifestTable(runner);
    await runner.query(`
      CREATE TABLE transformers (
        name TEXT NOT NULL PRIMARY KEY CHECK (name <> ''),
        script TEXT NOT NULL
      ) STRICT`);
    await runner.query(`
      CREATE TABLE pipelines (
        name TEXT NOT NULL PRIMARY KEY CHECK (name <> ''),
        flow TEXT NOT NULL CHECK (json_valid(flow))
      ) STRICT`);
    await runner.query(`
      CREATE TABLE alerts (
        name TEXT NOT NULL PRIMARY KEY CHECK (name <> ''),
        webhook TEXT NOT NULL CHECK (json_valid(webhook))
      ) STRICT`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['alerts', 'pipelines', 'transformers', 'manifest'])
      await runner.query(`DROP TABLE ${table}`);
  }
}
