import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';
import {
  addNotes,
  backUp,
  bytesOf,
  countNotes,
  digestOfFile,
  liveDigest,
  openToy,
  type Toy,
} from '../support/toy-database.js';

let toy: Toy;
let dataDir: string;
let file: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'flowg-floor-'));
  file = join(dataDir, 'backup.db');
  toy = await openToy(dataDir, { walBudgetBytes: 2 * 1024 * 1024 });
});

afterEach(async () => {
  await toy.databases.onApplicationShutdown();
  await rm(dataDir, { recursive: true });
});

async function notesIn(path: string): Promise<number> {
  const connection = await SqliteConnection.open(path, 'readonly');
  expect(await connection.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  const [row] = await connection.all<{ n: number }>('SELECT count(*) AS n FROM note');
  await connection.close();
  return row!.n;
}

describe('a snapshot', () => {
  it('is the live file as it lies, of one instant, while writers go on', async () => {
    await addNotes(toy.notes, 20_000);
    const before = await liveDigest(toy.notes);
    const snapshot = await toy.notes.snapshot();
    expect(snapshot.method).toBe('live');
    expect(snapshot.manifest.rows).toEqual({ authors: 1, notes: 20_000 });
    await addNotes(toy.notes, 100);
    await toy.notes.write((manager) => manager.query('DELETE FROM note WHERE id <= 10000'));
    const bytes = await bytesOf(snapshot);
    expect(bytes.length).toBe(snapshot.size);
    await writeFile(file, bytes);
    expect(await notesIn(file)).toBe(20_000);
    expect(await digestOfFile(file)).toBe(before);
    expect(await countNotes(toy.notes)).toBe(10_100);
  });

  it('is a file that needs no write-ahead log', async () => {
    const bytes = await backUp(toy.notes, file);
    expect([bytes[18], bytes[19]]).toEqual([1, 1]);
    await notesIn(file);
    expect(await readdir(dataDir)).not.toContain('backup.db-wal');
  });

  it('is copied out when a reader of an older state is in the way', async () => {
    await addNotes(toy.notes, 500);
    await toy.notes.read(async (manager) => {
      await manager.query('SELECT count(*) FROM note');
      await addNotes(toy.notes, 500);
      const before = await liveDigest(toy.notes);
      const snapshot = await toy.notes.snapshot();
      expect(snapshot.method).toBe('copy');
      await addNotes(toy.notes, 7);
      await writeFile(file, await bytesOf(snapshot));
      expect(await digestOfFile(file)).toBe(before);
    });
    expect(await notesIn(file)).toBe(1000);
    expect((await readdir(join(dataDir, 'config'))).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('can be taken several at a time, each of its own instant', async () => {
    await addNotes(toy.notes, 100);
    const first = await toy.notes.snapshot();
    await addNotes(toy.notes, 100);
    const second = await toy.notes.snapshot();
    await addNotes(toy.notes, 100);
    await writeFile(file, await bytesOf(second));
    expect(await notesIn(file)).toBe(200);
    await writeFile(file, await bytesOf(first));
    expect(await notesIn(file)).toBe(100);
  });

  it('lets go of the live file when its reader is slow and the write-ahead log grows', async () => {
    await addNotes(toy.notes, 20_000);
    const before = await liveDigest(toy.notes);
    const snapshot = await toy.notes.snapshot();
    const stream = snapshot.stream();
    const chunks: Buffer[] = [];
    const reader = stream[Symbol.asyncIterator]();
    chunks.push((await reader.next()).value);
    while ((await toy.notes.walBytes()) < 3 * 1024 * 1024) await addNotes(toy.notes, 1000);
    await sleep(1000);
    await addNotes(toy.notes, 1);
    await toy.notes.write(async () => undefined);
    const again = await toy.notes.snapshot();
    expect(again.method, 'the slow one no longer pins the log').toBe('live');
    await again.release();
    for (let next = await reader.next(); !next.done; next = await reader.next()) chunks.push(next.value);
    await snapshot.release();
    const bytes = Buffer.concat(chunks);
    expect(bytes.length).toBe(snapshot.size);
    await writeFile(file, bytes);
    expect(await digestOfFile(file)).toBe(before);
  });

  it('holds nothing of what was deleted before', async () => {
    const secret = createHash('sha256').update('secret').digest('hex');
    for (let round = 0; round < 20; round++) await addNotes(toy.notes, 50, `${secret}-${round}`);
    await addNotes(toy.notes, 1000);
    await toy.notes.write((manager) => manager.query('DELETE FROM note WHERE body LIKE ?', [`${secret}%`]));
    await toy.notes.write((manager) => manager.query('UPDATE note SET body = ? WHERE id % 2 = 0', ['short']));
    const bytes = await backUp(toy.notes, file);
    expect(bytes.includes(secret)).toBe(false);
    expect(await notesIn(file)).toBe(1000);
  });

  it('leaves no descriptor, file or pin behind when it is given up halfway', async () => {
    await addNotes(toy.notes, 20_000);
    for (let round = 0; round < 3; round++) {
      const snapshot = await toy.notes.snapshot();
      const stream = snapshot.stream();
      await stream[Symbol.asyncIterator]().next();
      stream.destroy();
      await snapshot.release();
      await snapshot.release();
    }
    await addNotes(toy.notes, 10);
    const snapshot = await toy.notes.snapshot();
    expect(snapshot.method).toBe('live');
    await snapshot.release();
  });
});
