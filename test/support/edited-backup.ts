import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';

/** Opens a backup as a file of its own for as long as `task` runs. @returns its answer, and the bytes afterwards. */
async function asFile<T>(
  bytes: Buffer,
  task: (connection: SqliteConnection) => Promise<T>,
): Promise<{ answer: T; edited: Buffer }> {
  const file = join(tmpdir(), `flowg-edited-${randomUUID()}.db`);
  await writeFile(file, bytes);
  try {
    const connection = await SqliteConnection.open(file, 'readwrite');
    let answer: T;
    try {
      answer = await task(connection);
    } finally {
      await connection.close();
    }
    return { answer, edited: await readFile(file) };
  } finally {
    await rm(file, { force: true });
  }
}

/** What is in a backup, as `sqlite3` would tell. */
export async function withFile<T>(
  bytes: Buffer,
  task: (connection: SqliteConnection) => Promise<T>,
): Promise<T> {
  return (await asFile(bytes, task)).answer;
}

/** A backup as somebody would edit it with `sqlite3`; its manifest says what it said before. */
export async function editedFile(bytes: Buffer, ...statements: string[]): Promise<Buffer> {
  const { edited } = await asFile(bytes, async (connection) => {
    for (const statement of statements) await connection.exec(statement);
  });
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
