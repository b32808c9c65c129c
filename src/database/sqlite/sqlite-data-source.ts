import sqlite3 from 'sqlite3';
import { DataSource } from 'typeorm';
import type { DatabaseDefinition } from '../database-definition.js';

/**
 * TypeORM asks the driver for `verbose()`, which writes the values of parameters, password hashes among them, into
 * error stacks. This is the driver without it.
 */
export const quietDriver = { ...sqlite3, verbose: () => sqlite3 };

/** Pages that may gather in the write-ahead log before a commit moves them to the main file (4 MiB). */
const CHECKPOINT_PAGES = 1000;
/** After a checkpoint the write-ahead log is cut to this. */
const WAL_LIMIT_BYTES = 16 * 1024 * 1024;

/** The only connection that writes. `secure_delete` keeps deleted rows out of the file that a backup streams. */
export async function openWriter(file: string, definition: DatabaseDefinition): Promise<DataSource> {
  const source = new DataSource({
    type: 'sqlite',
    database: file,
    driver: quietDriver,
    enableWAL: true,
    busyTimeout: 5000,
    entities: definition.entities,
    migrations: definition.migrations,
  });
  await initialize(source);
  await source.query(`PRAGMA synchronous = ${definition.durability === 'full' ? 'FULL' : 'NORMAL'}`);
  await source.query('PRAGMA secure_delete = ON');
  await source.query(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  await source.query(`PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES}`);
  return source;
}

/** A connection that sees committed rows only and cannot write. */
export async function openReader(file: string, definition: DatabaseDefinition): Promise<DataSource> {
  const source = new DataSource({
    type: 'sqlite',
    database: file,
    driver: quietDriver,
    flags: sqlite3.OPEN_READONLY,
    entities: definition.entities,
  });
  return initialize(source);
}

/** An empty database in memory with all migrations at hand: what `expected-schema.ts` reads schemas from. */
export async function openInMemory(definition: DatabaseDefinition): Promise<DataSource> {
  const source = new DataSource({
    type: 'sqlite',
    database: ':memory:',
    driver: quietDriver,
    migrations: definition.migrations,
  });
  return initialize(source);
}

async function initialize(source: DataSource): Promise<DataSource> {
  await source.initialize();
  return source;
}
