import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';

/** A backup as somebody would edit it with `sqlite3`; its manifest says what it said before. */
export async function editedFile(bytes: Buffer, ...statements: string[]): Promise<Buffer> {
  const file = join(tmpdir(), `flowg-edited-${randomUUID()}.db`);
  await writeFile(file, bytes);
  const connection = await SqliteConnection.open(file, 'readwrite');
  try {
    for (const statement of statements) await connection.exec(statement);
  } finally {
    await connection.close();
  }
  const edited = await readFile(file);
  await rm(file);
  return edited;
}

/** The same of an auth database, its manifest counting what is in it afterwards. */
export function editedAuthBackup(bytes: Buffer, ...statements: string[]): Promise<Buffer> {
  return editedFile(
    bytes,
    'PRAGMA foreign_keys = ON',
    ...statements,
    `UPDATE manifest SET row_counts = json_object('users', (SELECT count(*) FROM users),
       'roles', (SELECT count(*) FROM roles), 'tokens', (SELECT count(*) FROM tokens))`,
  );
}
