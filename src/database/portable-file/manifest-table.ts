import type { EntityManager, QueryRunner } from 'typeorm';
import type { DatabaseDefinition } from '../database-definition.js';
import type { DatabaseName, Manifest, RowCounts } from '../database.js';
import { SERVER_VERSION } from '../../server-version.js';

/** Part of the first migration of every database. */
export async function createManifestTable(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE manifest (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      database TEXT NOT NULL,
      schema_version INTEGER NOT NULL,
      instant TEXT NOT NULL,
      server_version TEXT NOT NULL,
      engine TEXT NOT NULL,
      row_counts TEXT NOT NULL
    ) STRICT`);
}

/** Describes the database as it is, at the instant given. The caller holds the write queue. */
export async function writeManifest(
  manager: EntityManager,
  definition: DatabaseDefinition,
  instant: Date,
): Promise<Manifest> {
  const rows: RowCounts = {};
  for (const [label, { quick }] of Object.entries(definition.rowCounts)) {
    const [row] = await manager.query<{ n: number }[]>(quick);
    rows[label] = row!.n;
  }
  const manifest: Manifest = {
    database: definition.name,
    schemaVersion: definition.migrations.length,
    instant: instant.toISOString(),
    serverVersion: SERVER_VERSION,
    engine: 'sqlite',
    rows,
  };
  await manager.query(
    `INSERT INTO manifest (id, database, schema_version, instant, server_version, engine, row_counts)
     VALUES (1, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET database = excluded.database, schema_version = excluded.schema_version,
       instant = excluded.instant, server_version = excluded.server_version, engine = excluded.engine,
       row_counts = excluded.row_counts`,
    [
      manifest.database,
      manifest.schemaVersion,
      manifest.instant,
      manifest.serverVersion,
      manifest.engine,
      JSON.stringify(rows),
    ],
  );
  return manifest;
}

export interface ManifestRow {
  database: string;
  schema_version: number;
  instant: string;
  server_version: string;
  engine: string;
  row_counts: string;
}

/** Plain SQL, because the check of a foreign file runs where there is no TypeORM. */
export const SELECT_MANIFEST =
  'SELECT database, schema_version, instant, server_version, engine, row_counts FROM manifest';

/** @returns undefined when the row is not one that `writeManifest` wrote. */
export function parseManifest(row: ManifestRow | undefined): Manifest | undefined {
  if (!row) return undefined;
  let rows: unknown;
  try {
    rows = JSON.parse(row.row_counts);
  } catch {
    return undefined;
  }
  const counts =
    typeof rows === 'object' && rows !== null && !Array.isArray(rows) ? Object.values(rows) : [''];
  if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0)) return undefined;
  if (!isInstant(row.instant)) return undefined;
  return {
    database: row.database as DatabaseName,
    schemaVersion: row.schema_version,
    instant: row.instant,
    serverVersion: row.server_version,
    engine: row.engine,
    rows: rows as RowCounts,
  };
}

/** As `toISOString` writes it, nothing else that can be read as a date: it goes into the catalogue as it is. */
export function isInstant(text: string): boolean {
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString() === text;
}
