import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Schema version 2: runs over all databases, restores that undo others, and other modes of a restore. */
export class UndoAndWholeInstance1764200000000 implements MigrationInterface {
  name = 'UndoAndWholeInstance1764200000000';

  async up(runner: QueryRunner): Promise<void> {
    // JSON, database to number: a restore of all databases makes one of each.
    await runner.query('ALTER TABLE run ADD COLUMN generations TEXT CHECK (json_valid(generations))');
    await runner.query(
      'UPDATE run SET generations = json_object(database, generation) WHERE generation IS NOT NULL',
    );
    await runner.query('ALTER TABLE run DROP COLUMN generation');
    await runner.query(`ALTER TABLE run ADD COLUMN mode TEXT NOT NULL DEFAULT 'replace'`);
    await runner.query('ALTER TABLE run ADD COLUMN undoes TEXT');
    await runner.query('CREATE INDEX run_by_undone ON run (undoes) WHERE undoes IS NOT NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX run_by_undone');
    await runner.query('ALTER TABLE run ADD COLUMN generation INTEGER');
    await runner.query("UPDATE run SET generation = json_extract(generations, '$.' || database)");
    for (const column of ['undoes', 'mode', 'generations'])
      await runner.query(`ALTER TABLE run DROP COLUMN ${column}`);
  }
}
