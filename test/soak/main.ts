import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { HELP, readKnobs, type Knobs } from './knobs.js';
import { Soak } from './soak.js';
import { folderStore, s3Store, type Store } from './stores.js';

const knobs = knobsOrHelp();
const folder = await mkdtemp(join(tmpdir(), 'flowg-soak-'));
const temporary = join(folder, 'temporary');
await mkdir(temporary);
const stores: Record<string, Store> = { folder: await folderStore(join(folder, 'backups')) };
if (knobs.s3) stores.s3 = await s3Store();
const soak = await Soak.start(knobs, stores, temporary);
try {
  const ending = Date.now() + knobs.minutes * 60_000;
  // Pieces of equal length on average, each of which ends with a kill, or with a look at everything.
  const pieces = Math.max(4, 2 * knobs.kills);
  for (let piece = 0; Date.now() < ending; piece++) {
    await pause(((knobs.minutes * 60_000) / pieces) * (0.2 + Math.random()));
    if (piece % 2 === 0 && soak.kills < knobs.kills) await soak.kill();
    else await soak.lookAtEverything();
  }
  await soak.lookAtEverything();
} catch (error) {
  soak.breakOff(error as Error);
} finally {
  await soak.stop();
  for (const store of Object.values(stores)) await store.stop();
  await rm(folder, { recursive: true });
}
for (const fault of soak.faults) console.error(fault);
console.log(soak.facts());
process.exitCode = soak.faults.length > 0 ? 1 : 0;

function knobsOrHelp(): Knobs {
  try {
    return readKnobs(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n${HELP}`);
    process.exit(2);
  }
}
