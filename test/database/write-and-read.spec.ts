import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addNotes, countNotes, openToy, type Toy } from '../support/toy-database.js';

let toy: Toy;
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'flowg-floor-'));
  toy = await openToy(dataDir);
});

afterEach(async () => {
  await toy.databases.onApplicationShutdown();
  await rm(dataDir, { recursive: true });
});

describe('the door to a database', () => {
  it('keeps 160 concurrent transactions apart', async () => {
    await addNotes(toy.notes, 1);
    const results = await Promise.allSettled(
      Array.from({ length: 160 }, (_, index) =>
        toy.notes.write(async (manager) => {
          await manager.query(`INSERT INTO note (author, body) VALUES ('ann', ?)`, [`note ${index}`]);
          if (index % 4 === 0) throw new Error('rolled back');
        }),
      ),
    );
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(40);
    expect(await countNotes(toy.notes)).toBe(121);
  });

  it('shows readers committed rows only', async () => {
    await addNotes(toy.notes, 3);
    await toy.notes.write(async (manager) => {
      await manager.query('DELETE FROM note');
      expect(await countNotes(toy.notes)).toBe(3);
    });
    expect(await countNotes(toy.notes)).toBe(0);
  });

  it('gives a reader one view for its whole duration', async () => {
    await addNotes(toy.notes, 1);
    await toy.notes.read(async (manager) => {
      const before = await manager.query('SELECT count(*) AS n FROM note');
      await addNotes(toy.notes, 5);
      expect(await manager.query('SELECT count(*) AS n FROM note')).toEqual(before);
    });
    expect(await countNotes(toy.notes)).toBe(6);
  });

  it('refuses to write through a reader', async () => {
    await expect(toy.notes.read((manager) => manager.query('DELETE FROM note'))).rejects.toThrow(/readonly/);
  });

  it('says nothing of parameter values in its errors', async () => {
    const failure = toy.notes.write((manager) =>
      manager.query(`INSERT INTO note (author, body) VALUES (?, 'x')`, ['a-secret-value']),
    );
    const error = await failure.catch((caught: Error) => caught);
    expect((error as Error).stack).toContain('FOREIGN KEY');
    expect((error as Error).stack).not.toContain('a-secret-value');
  });
});
