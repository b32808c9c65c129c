import type { QueryRunner } from 'typeorm';
import type { DatabaseDefinition } from '../database-definition.js';
import type { DatabaseName, Manifest, RowCounts } from '../database.js';
import { SERVER_VERSION } from '../../server-version.js';
import { sqlText } from '../sql-text.js';

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

/**
 * One statement that describes the database as it is, at the instant given: counted by SQLite itself, so that whoever
 * holds the writes meanwhile holds them for one trip. What it wrote is read by `SELECT_MANIFEST`.
 */
export function manifestScript(definition: DatabaseDefinition, instant: Date): string {
  const counts = Object.entries(definition.rowCounts).map(
    ([label, { quick }]) => `${sqlText(label)}, (${quick})`,
  );
  return `
    INSERT INTO manifest (id, database, schema_version, instant, server_version, engine, row_counts)
    VALUES (1, ${sqlText(definition.name)}, ${definition.migrations.length}, ${sqlText(instant.toISOString())},
      ${sqlText(SERVER_VERSION)}, 'sqlite', json_object(${counts.join(', ')}))
    ON CONFLICT (id) DO UPDATE SET database = excluded.database, schema_version = excluded.schema_version,
      instant = excluded.instant, server_version = excluded.server_version, engine = excluded.engine,
      row_counts = excluded.row_counts`;
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

/** What `manifestScript` wrote last. @throws Error when it never did. */
export async function manifestBy(query: (sql: string) => Promise<unknown[]>): Promise<Manifest> {
  const [row] = await query(SELECT_MANIFEST);
  const manifest = parseManifest(row as ManifestRow | undefined);
  if (!manifest) throw new Error('the database has no manifest');
  return manifest;
}

/** @returns undefined when the row is not one that `manifestScript` wrote. */
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
