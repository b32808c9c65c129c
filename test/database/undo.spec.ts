import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { armFailpoints } from '#src/failpoints.js';
import type { SwitchOptions } from '#src/database/generation-switch.js';
import {
  addNotes,
  backUp,
  countNotes,
  liveDigest,
  openToy,
  restore,
  type Toy,
} from '../support/toy-database.js';

let toy: Toy;
let dataDir: string;
/** A backup with ten notes. */
let ten: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'flowg-undo-'));
  ten = join(dataDir, 'ten.db');
  toy = await openToy(dataDir, { undoCount: 3 });
  await addNotes(toy.notes, 10);
  await backUp(toy.notes, ten);
});

afterEach(async () => {
  armFailpoints(undefined);
  await toy.databases.onApplicationShutdown();
  await rm(dataDir, { recursive: true });
});

async function reopened(limits: Parameters<typeof openToy>[1] = { undoCount: 3 }): Promise<void> {
  await toy.databases.onApplicationShutdown();
  toy = await openToy(dataDir, limits);
}

/** @returns the id of the undo, under which it can be undone itself. */
async function undo(id: string, options: Partial<SwitchOptions> = {}): Promise<string> {
  const undoId = randomUUID();
  const staged = await toy.databases.generations.reopen(id);
  try {
    await toy.databases.generations.activate(staged, { restore: undoId, undoes: id, ...options });
  } finally {
    for (const one of staged) await one.discard();
  }
  return undoId;
}

const files = async () =>
  (await readdir(join(dataDir, 'config'))).filter((name) => name.endsWith('.db')).toSorted();
const pointer = async () => JSON.parse(await readFile(join(dataDir, 'current.json'), 'utf8'));

describe('an undo', () => {
  it('puts back exactly what the restore replaced, also after a restart, and can be undone itself', async () => {
    await addNotes(toy.notes, 5, 'later');
    const before = await liveDigest(toy.notes);
    const id = await restore(toy, ten);
    const restored = await liveDigest(toy.notes);
    expect(restored).not.toBe(before);
    await reopened();
    expect(await liveDigest(toy.notes)).toBe(restored);
    const undone = await undo(id);
    expect(await liveDigest(toy.notes)).toBe(before);
    await reopened();
    expect(await liveDigest(toy.notes)).toBe(before);
    await undo(undone);
    expect(await liveDigest(toy.notes)).toBe(restored);
    expect(await countNotes(toy.notes)).toBe(10);
  });

  it('takes back a generation that is still being read, with its locks', async () => {
    await addNotes(toy.notes, 5);
    const reader = await toy.notes.hold();
    const snapshot = await toy.notes.snapshot();
    const id = await restore(toy, ten);
    await undo(id);
    reader.release();
    await snapshot.release();
    await addNotes(toy.notes, 1);
    expect(await countNotes(toy.notes)).toBe(16);
    await reopened();
    expect(await countNotes(toy.notes)).toBe(16);
  });

  it('goes back step by step; one out of turn is told which comes first', async () => {
    await addNotes(toy.notes, 1);
    const first = await restore(toy, ten);
    await addNotes(toy.notes, 2);
    const second = await restore(toy, ten);
    await expect(undo(first)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(`undo ${second} first`),
    });
    await undo(second);
    expect(await countNotes(toy.notes)).toBe(12);
    await undo(first);
    expect(await countNotes(toy.notes)).toBe(11);
  });

  it('gives new generations numbers that no kept one has', async () => {
    await undo(await restore(toy, ten));
    await reopened();
    await restore(toy, ten);
    expect((await pointer()).live.config).toBe(3);
    expect(await files()).toEqual(['0001.db', '0002.db', '0003.db']);
  });

  it('is refused when it is not kept any more, without a trace', async () => {
    const id = await restore(toy, ten);
    await toy.databases.generations.forgetAll();
    await expect.poll(files).toEqual(['0002.db']);
    await expect(undo(id)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(undo(randomUUID())).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await pointer()).replaced).toEqual([]);
  });

  it('that fails at the switch leaves everything as it was, to be undone later', async () => {
    await addNotes(toy.notes, 1);
    const id = await restore(toy, ten);
    armFailpoints('restore.pointer-written=error:ENOSPC');
    await expect(undo(id)).rejects.toMatchObject({ code: 'ENOSPC' });
    armFailpoints(undefined);
    expect(await countNotes(toy.notes)).toBe(10);
    await undo(id);
    expect(await countNotes(toy.notes)).toBe(11);
  });
});

describe('what restores replaced', () => {
  it('is kept so many times, so long, and never when the setting says none', async () => {
    for (let time = 0; time < 5; time++) await restore(toy, ten);
    await expect.poll(files).toEqual(['0003.db', '0004.db', '0005.db', '0006.db']);
    await reopened({ undoCount: 1 });
    await toy.databases.generations.prune();
    await expect.poll(files).toEqual(['0005.db', '0006.db']);
    await reopened({ undoCount: 3, undoMilliseconds: 1 });
    await toy.databases.generations.prune();
    await expect.poll(files).toEqual(['0006.db']);
    await reopened({ undoCount: 0 });
    await restore(toy, ten);
    await expect.poll(files).toEqual(['0007.db']);
  });

  it('is not taken for a stray at a start, anything else is', async () => {
    await restore(toy, ten);
    await writeFile(join(dataDir, 'config', '0009.db'), 'left behind');
    await reopened();
    expect(await files()).toEqual(['0001.db', '0002.db']);
  });

  it('is not in a pointer of before there was an undo', async () => {
    await toy.databases.onApplicationShutdown();
    await writeFile(join(dataDir, 'current.json'), '{"version":1,"live":{"config":1}}\n');
    toy = await openToy(dataDir, { undoCount: 3 });
    expect(toy.databases.generations.replaced).toEqual([]);
    expect(await countNotes(toy.notes)).toBe(10);
  });
});

describe('a restore that has to be confirmed', () => {
  const soon = () => Date.now() + 60_000;
  const unconfirmed = { onlyUnconfirmed: true };

  it('is kept by its confirmation, which comes once', async () => {
    const id = await restore(toy, ten, { confirmByMs: soon() });
    await toy.databases.generations.confirm(id);
    await expect(undo(id, unconfirmed)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(toy.databases.generations.confirm(id)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await countNotes(toy.notes)).toBe(10);
    await undo(id);
  });

  it('is undone without one, which then comes too late', async () => {
    await addNotes(toy.notes, 1);
    const id = await restore(toy, ten, { confirmByMs: soon() });
    await undo(id, unconfirmed);
    await expect(toy.databases.generations.confirm(id)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await countNotes(toy.notes)).toBe(11);
  });

  it('is not confirmed any more when its time is over, undone or not yet', async () => {
    const id = await restore(toy, ten, { confirmByMs: Date.now() - 1 });
    await expect(toy.databases.generations.confirm(id)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('it is being undone'),
    });
    await undo(id, unconfirmed);
  });

  it('lets no other restore in between, and is kept whatever the limits say', async () => {
    await reopened({ undoCount: 0, undoMilliseconds: 0 });
    const id = await restore(toy, ten, { confirmByMs: soon() });
    await expect(restore(toy, ten)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('confirm or undo it first'),
    });
    await toy.databases.generations.prune();
    await toy.databases.generations.forgetAll();
    await reopened({ undoCount: 0 });
    expect(toy.databases.generations.replaced).toMatchObject([{ restore: id }]);
    expect(await files()).toEqual(['0001.db', '0002.db']);
  });

  it('is confirmed or undone, never both, when both come at once', async () => {
    const winners = { confirm: 0, undo: 0 };
    for (let round = 0; round < 40; round++) {
      const id = await restore(toy, ten, { confirmByMs: soon() });
      await addNotes(toy.notes, 1);
      const count = await countNotes(toy.notes);
      // Now the one, now the other gets a start.
      const confirming = async () => {
        if (round % 2 === 0) await new Promise((done) => setTimeout(done, round / 4));
        await toy.databases.generations.confirm(id);
      };
      const [confirmed, undone] = await Promise.allSettled([confirming(), undo(id, unconfirmed)]);
      expect([confirmed.status, undone.status].toSorted()).toEqual(['fulfilled', 'rejected']);
      const winner = confirmed.status === 'fulfilled' ? 'confirm' : 'undo';
      winners[winner]++;
      if (winner === 'confirm') expect(await countNotes(toy.notes)).toBe(count);
      expect(toy.databases.generations.replaced.some(({ confirmByMs }) => confirmByMs)).toBe(false);
    }
    expect(winners.confirm, JSON.stringify(winners)).toBeGreaterThan(0);
    expect(winners.undo, JSON.stringify(winners)).toBeGreaterThan(0);
  });
});
