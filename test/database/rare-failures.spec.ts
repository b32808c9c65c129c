import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { GenerationFiles } from '#src/database/generations/generation-files.js';
import { PointerFile } from '#src/database/generations/pointer-file.js';
import { SqliteGeneration } from '#src/database/sqlite/sqlite-generation.js';
import {
  addNotes,
  backUp,
  bytesOf,
  countNotes,
  incoming,
  openToy,
  restore,
  type Toy,
} from '../support/toy-database.js';

let toy: Toy;
let dataDir: string;
let good: Buffer;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'flowg-floor-'));
  toy = await openToy(dataDir);
  await addNotes(toy.notes, 10);
  good = await backUp(toy.notes, join(dataDir, 'good.db'));
});

afterEach(async () => {
  vi.restoreAllMocks();
  await toy.databases.onApplicationShutdown();
  await rm(dataDir, { recursive: true });
});

it('a write that is committed succeeds, also when the log cannot be moved into the file afterwards', async () => {
  vi.spyOn(SqliteGeneration.prototype, 'pagesInLog').mockResolvedValue(2 ** 20);
  const moving = vi
    .spyOn(SqliteGeneration.prototype, 'moveLog')
    .mockRejectedValue(
      Object.assign(new Error('SQLITE_FULL: database or disk is full'), { code: 'SQLITE_FULL' }),
    );
  // The log is not looked at more often than every 50 ms.
  await sleep(60);
  await addNotes(toy.notes, 1);
  await expect.poll(() => moving.mock.calls.length).toBe(1);
  await sleep(60);
  await addNotes(toy.notes, 1);
  await expect.poll(() => moving.mock.calls.length).toBe(2);
  expect(await countNotes(toy.notes)).toBe(12);
});

it('a snapshot that finds no descriptor left does not keep the generation open for ever', async () => {
  const old = toy.notes.generation;
  vi.spyOn(SqliteGeneration.prototype, 'openPin').mockRejectedValueOnce(
    Object.assign(new Error('SQLITE_CANTOPEN'), { code: 'SQLITE_CANTOPEN' }),
  );
  await expect(toy.notes.snapshot()).rejects.toThrow('SQLITE_CANTOPEN');
  await restore(toy, good);
  await expect.poll(() => new GenerationFiles(toy.notes.directory).list()).not.toContain(old);
});

it('a snapshot whose last try meets a restore settles for a copy in the next', async () => {
  vi.spyOn(SqliteGeneration.prototype, 'checkpoint').mockResolvedValue(false);
  const openPin = SqliteGeneration.prototype.openPin;
  let tries = 0;
  vi.spyOn(SqliteGeneration.prototype, 'openPin').mockImplementation(async function (this: SqliteGeneration) {
    const connection = await openPin.call(this);
    if (++tries === 4) {
      vi.mocked(SqliteGeneration.prototype.checkpoint).mockResolvedValueOnce(true);
      await restore(toy, good);
    }
    return connection;
  });
  const snapshot = await toy.notes.snapshot();
  expect(snapshot.method).toBe('copy');
  expect(tries).toBe(5);
  await bytesOf(snapshot);
});

it('a stop in the middle of the switch does not take it back', async () => {
  const staged = await toy.notes.stage(await incoming(toy.notes, good));
  await addNotes(toy.notes, 5);
  const change = PointerFile.prototype.change;
  let stopped: Promise<void> | undefined;
  vi.spyOn(PointerFile.prototype, 'change').mockImplementation(function (this: PointerFile, generations) {
    stopped = toy.databases.onApplicationShutdown();
    return change.call(this, generations);
  });
  await toy.databases.generations.activate([staged], { restore: randomUUID() });
  await stopped;
  vi.restoreAllMocks();
  toy = await openToy(dataDir);
  expect(toy.notes.generation).toBe(staged.number);
  expect(await countNotes(toy.notes)).toBe(10);
});
