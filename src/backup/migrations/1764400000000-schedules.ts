import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Schema version 4: schedules of backups, and how far each has come. */
export class Schedules1764400000000 implements MigrationInterface {
  name = 'Schedules1764400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE schedule (
        name TEXT PRIMARY KEY,
        definition TEXT NOT NULL CHECK (json_valid(definition))
      ) STRICT`);
    // Also of schedules that the settings give, which have no row in the other table.
    await runner.query(`
      CREATE TABLE schedule_progress (
        name TEXT PRIMARY KEY,
        settled_ms INTEGER NOT NULL
      ) STRICT`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE schedule_progress');
    await runner.query('DROP TABLE schedule');
  }
}
