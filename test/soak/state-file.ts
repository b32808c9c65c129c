import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';

/** Numbers of the entries in a backup of the logs, each as often as it is there. */
export async function numbersIn(backup: Buffer): Promise<number[]> {
  const file = join(tmpdir(), `flowg-soak-${randomUUID()}.db`);
  await writeFile(file, backup);
  const connection = await SqliteConnection.open(file, 'readonly');
  try {
    const rows = await connection.all<{ number: number }>(
      `SELECT CAST(fields ->> '$.number' AS INTEGER) AS number FROM entry`,
    );
    return rows.map(({ number }) => number);
  } finally {
    await connection.close();
    await rm(file);
  }
}

/** The files in a backup of a whole server, by the name of their database. */
export async function databasesIn(archive: Buffer): Promise<Record<string, Buffer>> {
  const databases: Record<string, Buffer> = {};
  for await (const entry of Readable.from([archive]).pipe(extract())) {
    const bytes = await buffer(entry);
    if (entry.header.name.endsWith('.db')) databases[basename(entry.header.name, '.db')] = bytes;
  }
  return databases;
}
