import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { addNotes, backUp, incoming, openToy } from '../support/toy-database.js';

it('a check that cannot be started fails this one restore, not the server', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'flowg-floor-'));
  const toy = await openToy(dataDir);
  await addNotes(toy.notes, 3);
  const file = await incoming(toy.notes, await backUp(toy.notes, join(dataDir, 'good.db')));
  const node = process.execPath;
  process.execPath = '/nowhere/node';
  try {
    await expect(toy.notes.stage(file)).rejects.toMatchObject({ code: 'ENOENT' });
    // An error that nobody listens to comes after the first one, and makes the test run fail.
    await sleep(100);
  } finally {
    process.execPath = node;
  }
  expect((await readdir(toy.notes.directory)).filter((name) => /part|0002/.test(name))).toEqual([]);
  await toy.databases.onApplicationShutdown();
  await rm(dataDir, { recursive: true });
});
