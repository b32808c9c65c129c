import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SqliteGeneration } from '#src/database/sqlite/sqlite-generation.js';
import { addNotes, bytesOf, countNotes, openToy, type Toy } from '../support/toy-database.js';

const MEBIBYTE = 1024 * 1024;
/** Some two mebibytes. */
const BATCH = [2000, 'y'.repeat(1000)] as const;

let toy: Toy;
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'flowg-floor-'));
  toy = await openToy(dataDir);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await toy.databases.onApplicationShutdown();
  await rm(dataDir, { recursive: true });
});

/** Longer than the log is left alone after a look at it. */
const nextLook = () => sleep(60);

it('the write-ahead log stays short while several write without a break', async () => {
  let longest = 0;
  for (let round = 0; round < 10; round++) {
    await Promise.all([1, 2, 3, 4].map(() => addNotes(toy.notes, ...BATCH)));
    longest = Math.max(longest, await toy.notes.walBytes());
  }
  expect(longest).toBeLessThan(40 * MEBIBYTE);
  // All of it was moved, so that it begins anew and is cut.
  await nextLook();
  await addNotes(toy.notes, 1);
  await nextLook();
  await addNotes(toy.notes, 1);
  expect(await toy.notes.walBytes()).toBeLessThanOrEqual(16 * MEBIBYTE);
});

it('a write does not wait for the log that is being moved', async () => {
  const moveLog = SqliteGeneration.prototype.moveLog;
  let release!: () => void;
  const held = new Promise<void>((resolve) => (release = resolve));
  const moving = vi.spyOn(SqliteGeneration.prototype, 'moveLog').mockImplementation(async function (
    this: SqliteGeneration,
  ) {
    await held;
    return moveLog.call(this);
  });
  for (let batch = 0; batch < 3; batch++) await addNotes(toy.notes, ...BATCH);
  await nextLook();
  await addNotes(toy.notes, 1);
  await expect.poll(() => moving.mock.calls.length).toBe(1);
  await addNotes(toy.notes, 5);
  expect(await countNotes(toy.notes)).toBe(6006);
  release();
  // Once beside the writers, once with the writers held, for what came meanwhile.
  await expect.poll(() => moving.mock.calls.length).toBe(2);
});

it('what gathered beside a pinned snapshot is moved once it is released', async () => {
  const snapshot = await toy.notes.snapshot();
  expect(snapshot.method).toBe('live');
  for (let batch = 0; batch < 12; batch++) await addNotes(toy.notes, ...BATCH);
  expect(await toy.notes.walBytes()).toBeGreaterThan(20 * MEBIBYTE);
  await bytesOf(snapshot);
  await snapshot.release();
  await nextLook();
  await addNotes(toy.notes, 1);
  await expect
    .poll(async () => {
      await addNotes(toy.notes, 1);
      return toy.notes.walBytes();
    })
    .toBeLessThanOrEqual(16 * MEBIBYTE);
});
