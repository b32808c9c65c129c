import type { DataSource } from 'typeorm';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ReaderPool } from '#src/database/sqlite/reader-pool.js';
import { openReader } from '#src/database/sqlite/sqlite-data-source.js';
import { SqliteGeneration } from '#src/database/sqlite/sqlite-generation.js';
import { notesDefinition } from '../support/toy-database.js';

let folder: string;
let generation: SqliteGeneration;
const definition = notesDefinition('');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowg-readers-'));
  generation = await SqliteGeneration.open(1, join(folder, '1.db'), definition);
  await generation.writeScript('CREATE TABLE t (n)');
});
afterEach(async () => {
  await generation.close();
  await rm(folder, { recursive: true });
});

const countOf = async (readers: Pick<ReaderPool, 'read'>) => {
  const [row] = await readers.read((manager) =>
    manager.query<{ n: number }[]>('SELECT count(*) AS n FROM t'),
  );
  return row!.n;
};

it('see all that was committed before, though their transaction has begun long ago', async () => {
  for (let n = 1; n <= 20; n++) {
    await generation.writeScript(`INSERT INTO t VALUES (${n})`);
    expect(await countOf(generation)).toBe(n);
  }
});

it('are in the way of no checkpoint once they have their answer', async () => {
  for (let round = 0; round < 50; round++) {
    await generation.writeScript(`INSERT INTO t VALUES (${round})`);
    await Promise.all(Array.from({ length: 8 }, () => countOf(generation)));
    expect(await generation.checkpoint()).toBe(true);
    expect(await generation.walBytes()).toBe(0);
  }
});

it('go on where one has spoilt its connection, or none could be opened', async () => {
  const opened: DataSource[] = [];
  let failures = 1;
  const pool = new ReaderPool(async () => {
    if (failures-- > 0) throw new Error('no descriptors');
    const source = await openReader(generation.path, definition);
    opened.push(source);
    return source;
  }, 1);
  await expect(countOf(pool)).rejects.toThrow('no descriptors');
  expect(await countOf(pool)).toBe(0);
  await pool.read((manager) => manager.query('COMMIT'));
  expect(await countOf(pool)).toBe(0);
  expect(opened.map(({ isInitialized }) => isInitialized)).toEqual([false, true]);
  await expect(pool.read(() => Promise.reject(new Error('its own')))).rejects.toThrow('its own');
  expect(await countOf(pool)).toBe(0);
  expect(opened).toHaveLength(2);
  await pool.close();
});
