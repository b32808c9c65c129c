import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MergeService } from '#src/logs/merge/merge.service.js';
import { bytesOf, incoming } from '../support/toy-database.js';
import { openLogs, refusalOf, stageBackup, store, union, visible } from './logs-folder.js';

const ENTRIES = 30_000;
/** At moments of chance. */
const KILLS = 5;

let directory: string;
let states: { old: string[]; merged: string[] };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'flowg-merge-kill-'));
  const donor = await openLogs();
  const lines = Array.from({ length: ENTRIES }, (_, n) => ({
    stream: 'a',
    timestampMs: n,
    record: { n: `${n}` },
  }));
  await store(donor, lines);
  await writeFile(join(directory, 'backup.db'), await bytesOf(await donor.logs.snapshot()));
  const here = await openLogs(join(directory, 'data'));
  await here.streams.configure('a', { ttl: 0, size: 0, indexed_fields: ['n'] });
  await store(here, [lines[5]!, { stream: 'b', timestampMs: 5, record: { n: 'mine' } }]);
  const old = await visible(here.logs);
  states = { old, merged: union(old, await visible(await stageBackup(donor, here))) };
  await here.close();
  await donor.close();
});
afterEach(() => rm(directory, { recursive: true }));

/** @param die resolves when the process is to be killed from outside, if a failpoint does not do it. */
async function killedMerge(failpoints: string, die?: (output: () => string) => Promise<void>): Promise<void> {
  const child = spawn(process.execPath, [
    join(import.meta.dirname, 'merge-process.mjs'),
    join(directory, 'data'),
    join(directory, 'backup.db'),
    failpoints,
  ]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
  const ended = once(child, 'exit');
  await die?.(() => output);
  if (die) child.kill('SIGKILL');
  await ended;
  expect(output).toContain('merging');
  expect(output).not.toContain('Error');
}

async function stateFound(): Promise<string[]> {
  const here = await openLogs(join(directory, 'data'));
  try {
    expect(await refusalOf(here.logs)).toBeUndefined();
    return await visible(here.logs);
  } finally {
    await here.close();
  }
}

it('a kill while it writes leaves the old state, one behind it the new one', async () => {
  const hits = join(directory, 'hits');
  await killedMerge(`merge.inserting=kill@${hits}`);
  expect(await readFile(hits, 'utf8')).toBe('merge.inserting\n');
  expect(await stateFound()).toEqual(states.old);
  await killedMerge(`merge.committed=kill@${hits}`);
  expect(await readFile(hits, 'utf8')).toBe('merge.inserting\nmerge.committed\n');
  expect(await stateFound()).toEqual(states.merged);
});

it(`a kill at any moment leaves one of the two, and the next merge brings the rest, ${KILLS} times`, async () => {
  for (let kill = 0; kill < KILLS; kill++) {
    await killedMerge('', async (output) => {
      while (!output().includes('merging')) await sleep(1);
      await sleep(Math.random() * 800);
    });
    const found = await stateFound();
    expect([states.old.length, states.merged.length]).toContain(found.length);
    expect(found).toEqual(found.length === states.old.length ? states.old : states.merged);
  }
  const here = await openLogs(join(directory, 'data'));
  const bytes = await readFile(join(directory, 'backup.db'));
  const staged = await here.logs.stage(await incoming(here.logs, bytes));
  await new MergeService(here.logs).merge(staged);
  expect(await visible(here.logs)).toEqual(states.merged);
  expect(await refusalOf(here.logs)).toBeUndefined();
  await staged.discard();
  await here.close();
});
