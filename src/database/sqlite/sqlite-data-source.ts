import sqlite3 from 'sqlite3';
import { DataSource } from 'typeorm';
import type { DatabaseDefinition } from '../database-definition.js';

/**
 * TypeORM asks the driver for `verbose()`, for good and for the whole process. It makes every statement take a stack
 * trace (half of the time of a small request) and writes the values of its parameters, password hashes among them, into
 * the stacks of errors. This is the driver without it: every data source of the process must be given it.
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
export function openInMemory(definition: DatabaseDefinition): Promise<DataSource> {
  return openAlone(':memory:', definition);
}

/** The only connection to a file that no server has: without write-ahead log, so that there is but the one file. */
export function openAlone(file: string, definition: DatabaseDefinition): Promise<DataSource> {
  const source = new DataSource({
    type: 'sqlite',
    database: file,
    driver: quietDriver,
    entities: definition.entities,
    migrations: definition.migrations,
  });
  return initialize(source);
}

/**
 * Runs a statement without parameters or answer. One step of the thread pool instead of the three that a query takes,
 * which counts for what frames every read and write.
 */
export function execute(source: DataSource, sql: string): Promise<void> {
  const { databaseConnection } = source.driver as unknown as { databaseConnection: sqlite3.Database };
  return new Promise((resolve, reject) => {
    databaseConnection.exec(sql, (error) => (error ? reject(error) : resolve()));
  });
}

async function initialize(source: DataSource): Promise<DataSource> {
  await source.initialize();
  return source;
}
