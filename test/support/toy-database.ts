import { createHash, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { countOf, type DatabaseDefinition } from '#src/database/database-definition.js';
import type { PortableFile, Snapshot } from '#src/database/database.js';
import { type DatabaseLimits, Databases } from '#src/database/databases.js';
import { createManifestTable } from '#src/database/portable-file/manifest-table.js';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';
import type { SqliteDatabase } from '#src/database/sqlite/sqlite-database.js';
import { stateDigest } from '#src/database/state-digest.js';

/** A database of notes with two schema versions, to test the floor without any module on it. */
export class CreateNotes1700000000001 implements MigrationInterface {
  name = 'CreateNotes1700000000001';
  async up(runner: QueryRunner): Promise<void> {
    await createManifestTable(runner);
    await runner.query('CREATE TABLE author (name TEXT PRIMARY KEY) STRICT');
    await runner.query(
      `CREATE TABLE note (id INTEGER PRIMARY KEY, author TEXT NOT NULL REFERENCES author (name),
         body TEXT NOT NULL CHECK (length(body) <= 100000)) STRICT`,
    );
    await runner.query('CREATE INDEX note_by_author ON note (author)');
  }
  async down(): Promise<void> {}
}

export class AddStars1700000000002 implements MigrationInterface {
  name = 'AddStars1700000000002';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE note ADD COLUMN stars INTEGER NOT NULL DEFAULT 0');
  }
  async down(): Promise<void> {}
}

export interface Toy {
  databases: Databases;
  notes: SqliteDatabase;
  dataDir: string;
}

export function notesDefinition(dataDir: string, versions = 2): DatabaseDefinition {
  return {
    name: 'config',
    directory: join(dataDir, 'config'),
    durability: 'full',
    entities: [],
    migrations: [CreateNotes1700000000001, AddStars1700000000002].slice(0, versions),
    rowCounts: { authors: countOf('author'), notes: countOf('note') },
    readers: 2,
  };
}

export async function openToy(
  dataDir: string,
  options: { versions?: number } & Partial<DatabaseLimits> = {},
): Promise<Toy> {
  const dirs = { auth: 'auth', config: 'config', logs: 'logs', backup: 'backup' };
  const databaseDirs = Object.fromEntries(
    Object.entries(dirs).map(([name, folder]) => [name, join(dataDir, folder)]),
  ) as Record<keyof typeof dirs, string>;
  const databases = await Databases.create(dataDir, databaseDirs, {
    walBudgetBytes: options.walBudgetBytes ?? 64 * 1024 * 1024,
    diskReserveBytes: options.diskReserveBytes ?? 0,
    undoCount: options.undoCount ?? 0,
    undoMilliseconds: options.undoMilliseconds ?? 3_600_000,
  });
  try {
    return { databases, notes: await databases.open(notesDefinition(dataDir, options.versions)), dataDir };
  } catch (error) {
    await databases.onApplicationShutdown();
    throw error;
  }
}

export async function addNotes(notes: SqliteDatabase, count: number, body = 'x'.repeat(500)): Promise<void> {
  await notes.write(async (manager) => {
    await manager.query(`INSERT OR IGNORE INTO author (name) VALUES ('ann')`);
    await manager.query(
      `INSERT INTO note (author, body)
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       SELECT 'ann', ? FROM n`,
      [count, body],
    );
  });
}

export async function countNotes(notes: SqliteDatabase): Promise<number> {
  const [row] = await notes.read((manager) => manager.query('SELECT count(*) AS n FROM note'));
  return row.n;
}

/** Reads a snapshot to its end and lets go of it. */
export async function bytesOf(snapshot: Snapshot): Promise<Buffer> {
  const bytes = await buffer(snapshot.stream());
  await snapshot.release();
  return bytes;
}

/** Takes a backup into a file. */
export async function backUp(notes: SqliteDatabase, file: string): Promise<Buffer> {
  const bytes = await bytesOf(await notes.snapshot());
  await writeFile(file, bytes);
  return bytes;
}

/** Puts bytes where an upload would be, as a file that has arrived whole. */
export async function incoming(notes: SqliteDatabase, content: Buffer | string): Promise<PortableFile> {
  const bytes = typeof content === 'string' ? await readFile(content) : content;
  const path = notes.incomingPath();
  await writeFile(path, bytes, { mode: 0o600 });
  return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** @returns the id under which it can be undone. */
export async function restore(
  toy: Toy,
  content: Buffer | string,
  options: { confirmByMs?: number } = {},
): Promise<string> {
  const id = randomUUID();
  const staged = await toy.notes.stage(await incoming(toy.notes, content));
  try {
    await toy.databases.generations.activate([staged], { restore: id, ...options });
  } finally {
    await staged.discard();
  }
  return id;
}

/** Of a file that nothing has open. */
export async function digestOfFile(file: string): Promise<string> {
  const connection = await SqliteConnection.open(file, 'readonly');
  const digest = await stateDigest((sql, parameters) => connection.all(sql, parameters));
  await connection.close();
  return digest;
}

export function liveDigest(notes: SqliteDatabase): Promise<string> {
  return notes.read((manager) => stateDigest((sql, parameters) => manager.query(sql, parameters)));
}
