import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Databases } from '#src/database/databases.js';
import { armFailpoints } from '#src/failpoints.js';
import {
  addNotes,
  backUp,
  countNotes,
  digestOfFile,
  incoming,
  liveDigest,
  openToy,
  restore,
  type Toy,
} from '../support/toy-database.js';

let toy: Toy;
let dataDir: string;
let file: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'flowg-floor-'));
  file = join(dataDir, 'backup.db');
  toy = await openToy(dataDir);
});

afterEach(async () => {
  armFailpoints(undefined);
  await toy.databases.onApplicationShutdown();
  await rm(dataDir, { recursive: true });
});

const generations = async () =>
  (await readdir(join(dataDir, 'config'))).filter((name) => name.endsWith('.db')).toSorted();

describe('a restore', () => {
  it('brings back what was changed and deleted, and drops what was added', async () => {
    await addNotes(toy.notes, 100);
    await backUp(toy.notes, file);
    const saved = await liveDigest(toy.notes);
    await toy.notes.write(async (manager) => {
      await manager.query(`UPDATE note SET body = 'changed' WHERE id = 1`);
      await manager.query('DELETE FROM note WHERE id = 2');
      await manager.query(`INSERT INTO author (name) VALUES ('bob')`);
    });
    expect(await liveDigest(toy.notes)).not.toBe(saved);
    await restore(toy, file);
    expect(await liveDigest(toy.notes)).toBe(saved);
    expect(await digestOfFile(file)).toBe(saved);
  });

  it('survives a restart, and leaves only the live generation', async () => {
    await addNotes(toy.notes, 10);
    await backUp(toy.notes, file);
    await addNotes(toy.notes, 10);
    await restore(toy, file);
    await toy.databases.onApplicationShutdown();
    expect(await generations()).toEqual(['0002.db']);
    toy = await openToy(dataDir);
    expect(await countNotes(toy.notes)).toBe(10);
  });

  it('lets a reader finish on the generation it began with', async () => {
    await addNotes(toy.notes, 10);
    await backUp(toy.notes, file);
    await addNotes(toy.notes, 10);
    const held = await toy.notes.hold();
    await restore(toy, file);
    const [row] = await held.read((manager) => manager.query('SELECT count(*) AS n FROM note'));
    expect(row.n).toBe(20);
    expect(await countNotes(toy.notes)).toBe(10);
    expect(await generations()).toEqual(['0001.db', '0002.db']);
    held.release();
    await expect.poll(generations).toEqual(['0002.db']);
  });

  it('makes no write fail: those that come during the switch wait for it', async () => {
    await addNotes(toy.notes, 10);
    await backUp(toy.notes, file);
    armFailpoints('restore.writes-held=sleep:200');
    const restoring = restore(toy, file);
    let writing = true;
    const writes: Promise<void>[] = [];
    while (writing) {
      writes.push(addNotes(toy.notes, 1, 'meanwhile'));
      writing = await Promise.race([
        restoring.then(() => false),
        new Promise<boolean>((done) => setTimeout(() => done(true), 5)),
      ]);
    }
    await Promise.all(writes);
    await addNotes(toy.notes, 1, 'afterwards');
    const [row] = await toy.notes.read((manager) =>
      manager.query(`SELECT count(*) AS n FROM note WHERE body = 'afterwards'`),
    );
    expect(row.n).toBe(1);
  });

  it('comes wholly before or wholly after a write: what is acknowledged after it is there', async () => {
    await backUp(toy.notes, file);
    const staged = await toy.notes.stage(await incoming(toy.notes, file));
    const acknowledged: string[] = [];
    const slowWrite = toy.notes
      .write(async (manager) => {
        await manager.query(`INSERT INTO author (name) VALUES ('slow')`);
        await new Promise((done) => setTimeout(done, 200));
      })
      .then(() => acknowledged.push('write'));
    const restoring = toy.databases.generations
      .activate([staged], { restore: randomUUID() })
      .then(() => acknowledged.push('restore'));
    await Promise.all([slowWrite, restoring]);
    expect(acknowledged).toEqual(['write', 'restore']);
    expect(await toy.notes.read((manager) => manager.query('SELECT * FROM author'))).toEqual([]);
  });

  it('asks a last time when nothing can be written any more; a no leaves everything as it is', async () => {
    await addNotes(toy.notes, 10);
    await backUp(toy.notes, file);
    await addNotes(toy.notes, 5);
    const before = await liveDigest(toy.notes);
    const staged = await toy.notes.stage(await incoming(toy.notes, file));
    let written = false;
    let asked = false;
    const refused = toy.databases.generations.activate([staged], {
      restore: randomUUID(),
      beforeSwitch: async () => {
        asked = true;
        void addNotes(toy.notes, 1).then(() => (written = true));
        await new Promise((done) => setTimeout(done, 50));
        expect(written).toBe(false);
        throw new Error('no');
      },
    });
    await expect(refused).rejects.toThrow('no');
    await staged.discard();
    expect(asked).toBe(true);
    await expect.poll(() => written).toBe(true);
    expect(await countNotes(toy.notes)).toBe(16);
    await toy.notes.write((manager) => manager.query('DELETE FROM note WHERE id = 16'));
    expect(await liveDigest(toy.notes)).toBe(before);
    expect(await generations()).toEqual(['0001.db']);
  });

  it('brings a backup of an older schema version to the newest one', async () => {
    const oldDir = await mkdtemp(join(tmpdir(), 'flowg-old-'));
    const old = await openToy(oldDir, { versions: 1 });
    await addNotes(old.notes, 30);
    await backUp(old.notes, file);
    await old.databases.onApplicationShutdown();
    await rm(oldDir, { recursive: true });

    await restore(toy, file);
    const rows = await toy.notes.read((manager) => manager.query('SELECT DISTINCT stars FROM note'));
    expect(rows).toEqual([{ stars: 0 }]);
    expect(await countNotes(toy.notes)).toBe(30);
    const again = await backUp(toy.notes, file);
    expect(again.readUInt32BE(60), 'schema version').toBe(2);
  });

  it('refuses the backup of a newer schema version by its number', async () => {
    await backUp(toy.notes, file);
    const oldDir = await mkdtemp(join(tmpdir(), 'flowg-old-'));
    const old = await openToy(oldDir, { versions: 1 });
    await expect(restore(old, file)).rejects.toMatchObject({
      check: 'version',
      message: expect.stringMatching(/schema version 2, this server knows versions up to 1/),
    });
    await old.databases.onApplicationShutdown();
    await rm(oldDir, { recursive: true });
  });

  it.each(['restore.checked', 'restore.migrating', 'restore.staged', 'restore.pointer-written'])(
    'leaves the old state and no files when the disk is full at %s',
    async (point) => {
      await addNotes(toy.notes, 10);
      await backUp(toy.notes, file);
      await addNotes(toy.notes, 5);
      armFailpoints(`${point}=error:ENOSPC`);
      const staged = await toy.notes.stage(await incoming(toy.notes, file)).catch(() => undefined);
      if (staged) {
        await expect(
          toy.databases.generations.activate([staged], { restore: randomUUID() }),
        ).rejects.toMatchObject({ code: 'ENOSPC' });
        await staged.discard();
      }
      armFailpoints(undefined);
      expect(await countNotes(toy.notes)).toBe(15);
      expect(await generations()).toEqual(['0001.db']);
      expect((await readdir(join(dataDir, 'config'))).filter((name) => name.endsWith('.part'))).toEqual([]);
      await restore(toy, file);
      expect(await countNotes(toy.notes)).toBe(10);
    },
  );

  it('removes a file that it refuses', async () => {
    await addNotes(toy.notes, 10);
    const bytes = await backUp(toy.notes, file);
    const damaged = Buffer.from(bytes);
    damaged.fill(0xff, 4096 * 2, 4096 * 3);
    const sent = await incoming(toy.notes, damaged);
    await expect(toy.notes.stage(sent)).rejects.toMatchObject({ check: 'structure' });
    await expect(stat(sent.path)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the data folder', () => {
  it('is refused to a second server by name', async () => {
    await expect(openToy(dataDir)).rejects.toThrow(
      new RegExp(`${dataDir} is in use by another server \\(process ${process.pid}\\)`),
    );
  });

  it('is not taken for a new one when current.json is lost', async () => {
    await addNotes(toy.notes, 10);
    await toy.databases.onApplicationShutdown();
    const pointer = join(dataDir, 'current.json');
    const content = await readFile(pointer, 'utf8');
    await rm(pointer);
    await expect(openToy(dataDir)).rejects.toThrow(/current.json is missing, but .*0001.db is there/);
    expect(await generations()).toEqual(['0001.db']);
    await writeFile(pointer, 'not json');
    await expect(openToy(dataDir)).rejects.toThrow(/cannot be read/);
    await writeFile(pointer, content);
    toy = await openToy(dataDir);
    expect(await countNotes(toy.notes)).toBe(10);
  });

  it('holds no folder for two databases: each would remove the files of the other', async () => {
    const shared = join(dataDir, 'shared');
    const folders = { auth: shared, config: shared, logs: join(dataDir, 'l'), backup: join(dataDir, 'b') };
    const limits = { walBudgetBytes: 0, diskReserveBytes: 0, undoCount: 0, undoMilliseconds: 0 };
    await expect(Databases.create(join(dataDir, 'other'), folders, limits)).rejects.toThrow(
      `two databases are to lie in ${shared}`,
    );
  });

  it('is for its owner alone', async () => {
    const mode = (await stat(join(dataDir, 'config'))).mode & 0o777;
    expect(mode.toString(8)).toBe('700');
  });

  it('of a newer server is refused, and nothing is lost', async () => {
    await addNotes(toy.notes, 10);
    await toy.databases.onApplicationShutdown();
    await expect(openToy(dataDir, { versions: 1 })).rejects.toThrow(/schema version 2, this server knows/);
    toy = await openToy(dataDir);
    expect(await countNotes(toy.notes)).toBe(10);
  });
});
