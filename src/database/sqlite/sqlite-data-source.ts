import sqlite3 from 'sqlite3';
import { DataSource } from 'typeorm';
import type { SqliteConnectionOptions } from 'typeorm/driver/sqlite/SqliteConnectionOptions.js';
import type { DatabaseDefinition } from '../database-definition.js';
import { KeptStatements } from './kept-statements.js';

/**
 * TypeORM asks the driver for `verbose()`, for good and for the whole process. It makes every statement take a stack
 * trace (half of the time of a small request) and writes the values of its parameters, password hashes among them, into
 * the stacks of errors. This is the driver without it: every data source of the process must be given it.
 */
export const quietDriver = { ...sqlite3, verbose: () => sqlite3 };

/** When a write-ahead log begins anew it is cut to this. */
const WAL_LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * The only connection that writes. `secure_delete` keeps deleted rows out of the file that a backup streams. Its commits
 * never stop for a checkpoint: `checkpoints.ts` sees to them.
 */
export function openWriter(file: string, definition: DatabaseDefinition): Promise<DataSource> {
  return openSource(
    {
      database: file,
      enableWAL: true,
      busyTimeout: 5000,
      entities: definition.entities,
      migrations: definition.migrations,
    },
    [
      `synchronous = ${definition.durability === 'full' ? 'FULL' : 'NORMAL'}`,
      'secure_delete = ON',
      'wal_autocheckpoint = 0',
      `journal_size_limit = ${WAL_LIMIT_BYTES}`,
    ],
  );
}

/** A connection that sees committed rows only and cannot write. */
export function openReader(file: string, definition: DatabaseDefinition): Promise<DataSource> {
  const options = { database: file, flags: sqlite3.OPEN_READONLY, entities: definition.entities };
  return openSource(options, [], KeptStatements);
}

/** An empty database in memory with all migrations at hand: what `expected-schema.ts` reads schemas from. */
export function openInMemory(definition: DatabaseDefinition): Promise<DataSource> {
  return openAlone(':memory:', definition);
}

/** The only connection to a file that no server has: without write-ahead log, so that there is but the one file. */
export function openAlone(file: string, definition: DatabaseDefinition): Promise<DataSource> {
  const { entities, migrations } = definition;
  return openSource({ database: file, entities, migrations });
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

type Handle = sqlite3.Database & { readonly open: boolean };

/**
 * TypeORM forgets a connection whose first statements fail, and with it descriptors and the locks of SQLite: so it is
 * remembered here, and closed.
 */
async function openSource(
  options: Omit<SqliteConnectionOptions, 'type' | 'driver'>,
  pragmas: string[] = [],
  connections: typeof sqlite3.Database = sqlite3.Database,
): Promise<DataSource> {
  const handles: Handle[] = [];
  const Database = new Proxy(connections, {
    construct(target, parameters) {
      const handle = Reflect.construct(target, parameters) as Handle;
      handles.push(handle);
      return handle;
    },
  });
  const driver = { ...quietDriver, Database, verbose: (): unknown => driver };
  try {
    const source = await new DataSource({ ...options, type: 'sqlite', driver }).initialize();
    for (const pragma of pragmas) await source.query(`PRAGMA ${pragma}`);
    return source;
  } catch (error) {
    // One that could not be opened never answers to being closed.
    for (const handle of handles) if (handle.open) await new Promise((done) => handle.close(done));
    throw error;
  }
}
