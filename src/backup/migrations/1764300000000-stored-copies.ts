import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Schema version 3: backups that the server stores itself, which schedule asked for them, whether they are proven, and which
 * restores took them.
 */
export class StoredCopies1764300000000 implements MigrationInterface {
  name = 'StoredCopies1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE run ADD COLUMN schedule TEXT');
    await runner.query('ALTER TABLE run ADD COLUMN stored TEXT CHECK (json_valid(stored))');
    await runner.query('ALTER TABLE run ADD COLUMN proof TEXT CHECK (json_valid(proof))');
    await runner.query('ALTER TABLE run ADD COLUMN from_backup TEXT');
    await runner.query(
      'CREATE INDEX run_by_schedule ON run (schedule, started_ms) WHERE schedule IS NOT NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX run_by_schedule');
    for (const column of ['from_backup', 'proof', 'stored', 'schedule'])
      await runner.query(`ALTER TABLE run DROP COLUMN ${column}`);
  }
}
