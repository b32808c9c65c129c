import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const PREFIX = 'flowg-verify-';
/** As `mkdtemp` makes them. */
const OURS = /^flowg-verify-[A-Za-z0-9]{6}$/;

/** Gives `task` a folder of its own inside `parent`, which is gone afterwards with everything in it. */
export async function inWorkshop<T>(parent: string, task: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(parent, PREFIX));
  try {
    return await task(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes what a crash left. Nobody may be at work in `parent`. */
export async function clearWorkshops(parent: string): Promise<void> {
  const left = (await readdir(parent)).filter((name) => OURS.test(name));
  for (const name of left) await rm(join(parent, name), { recursive: true, force: true });
}
