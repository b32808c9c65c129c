import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { KeptStatements } from '#src/database/sqlite/kept-statements.js';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';

let folder: string;
let file: string;
let writer: SqliteConnection;
let connection: KeptStatements;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowg-statements-'));
  file = join(folder, 'some.db');
  writer = await SqliteConnection.open(file, 'create');
  await writer.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1), (2)');
  connection = await new Promise((done) => {
    const opened: KeptStatements = new KeptStatements(file, () => done(opened));
  });
});
afterEach(async () => {
  await writer.close();
  await rm(folder, { recursive: true });
});

const all = (sql: string, parameters: unknown[] = []) =>
  new Promise<unknown[]>((resolve, reject) => {
    connection.all(sql, parameters, (error: Error | null, rows?: unknown[]) =>
      error ? reject(error) : resolve(rows!),
    );
  });
const close = () =>
  new Promise<void>((resolve, reject) => connection.close((error) => (error ? reject(error) : resolve())));

it('answer each time what is there by then, with the parameters of the time, also when asked at once', async () => {
  const above = 'SELECT n FROM t WHERE n > ? ORDER BY n';
  expect(await all(above, [0])).toEqual([{ n: 1 }, { n: 2 }]);
  await writer.exec('INSERT INTO t VALUES (3)');
  expect(
    await Promise.all([all(above, [1]), all(above, [2]), all('SELECT 5 AS x'), all('SELECT 5 AS x')]),
  ).toEqual([[{ n: 2 }, { n: 3 }], [{ n: 3 }], [{ x: 5 }], [{ x: 5 }]]);
  await writer.exec('ALTER TABLE t RENAME TO u; CREATE TABLE t (n INTEGER)');
  expect(await all(above, [0])).toEqual([]);
  await close();
});

it('hold no view between two answers, fail as others do, and do not keep a connection open', async () => {
  await all('SELECT n FROM t');
  await expect(all('SELECT absent FROM t')).rejects.toThrow('no such column');
  await writer.exec('INSERT INTO t VALUES (3)');
  expect(await writer.all('PRAGMA wal_checkpoint(TRUNCATE)')).toEqual([{ busy: 0, log: 0, checkpointed: 0 }]);
  await close();
});

it('are kept in a bounded number', async () => {
  for (let n = 0; n < 250; n++) expect(await all(`SELECT ${n} AS n`)).toEqual([{ n }]);
  for (let n = 0; n < 250; n++) expect(await all(`SELECT ${n} AS n`)).toEqual([{ n }]);
  expect(await all(`SELECT '${'x'.repeat(5000)}' AS x`)).toEqual([{ x: 'x'.repeat(5000) }]);
  await close();
});
