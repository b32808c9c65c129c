import { SqliteConnection } from './sqlite-connection.js';

/** SQLite 3.51.3 fixed the WAL-reset bug, which could corrupt a database under concurrent checkpoints. */
const LEAST_VERSION = [3, 51, 3];

/** @throws Error when the SQLite library that is linked in is too old to be trusted. */
export async function requireTrustedSqlite(): Promise<string> {
  const connection = await SqliteConnection.open(':memory:', 'create');
  const [row] = await connection.all<{ version: string }>('SELECT sqlite_version() AS version');
  await connection.close();
  if (!isTrusted(row!.version)) {
    throw new Error(
      `SQLite ${row!.version} is linked in, ${LEAST_VERSION.join('.')} or newer is needed: older ones can corrupt a database; run "npm ci" again`,
    );
  }
  return row!.version;
}

export function isTrusted(version: string): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, least] of LEAST_VERSION.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}
