import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createManifestTable } from '../../database/portable-file/manifest-table.js';

/** Schema version 1. */
export class CreateLogs1764000000000 implements MigrationInterface {
  name = 'CreateLogs1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await createManifestTable(runner);
    // A stream without a name has been purged and is being emptied: its old name is free at once.
    await runner.query(`
      CREATE TABLE stream (
        id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 4503599627370495),
        name TEXT NULL UNIQUE CHECK (name <> ''),
        ttl_seconds INTEGER NOT NULL DEFAULT 0,
        size_mb INTEGER NOT NULL DEFAULT 0,
        indexed_fields TEXT NOT NULL DEFAULT '[]'
          CHECK (json_valid(indexed_fields) AND json_type(indexed_fields) = 'array'),
        entry_count INTEGER NOT NULL DEFAULT 0 CHECK (entry_count >= 0)
      ) STRICT`);
    // Every field name that a stream has ever seen, as a JSON string: a text column cannot hold all of them as they are.
    await runner.query(`
      CREATE TABLE stream_field (
        stream_id INTEGER NOT NULL REFERENCES stream (id) ON DELETE CASCADE,
        name TEXT NOT NULL CHECK (json_valid(name) AND json_type(name) = 'text'),
        PRIMARY KEY (stream_id, name)
      ) STRICT, WITHOUT ROWID`);
    // Strictly JSON, because queries answer `fields` as it lies. Ids stay exact as numbers of JavaScript.
    await runner.query(`
      CREATE TABLE entry (
        id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 4503599627370495),
        stream_id INTEGER NOT NULL REFERENCES stream (id),
        timestamp_ms INTEGER NOT NULL CHECK (timestamp_ms BETWEEN 0 AND 253402300799999),
        sub_ns INTEGER NOT NULL CHECK (sub_ns BETWEEN 0 AND 999999),
        fields TEXT NOT NULL CHECK (json_valid(fields) AND json_type(fields) = 'object')
      ) STRICT`);
    await runner.query('CREATE INDEX entry_by_stream_and_time ON entry (stream_id, timestamp_ms, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['entry', 'stream_field', 'stream', 'manifest'])
      await runner.query(`DROP TABLE ${table}`);
  }
}
