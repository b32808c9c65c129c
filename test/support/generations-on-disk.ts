import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { NAMES } from './backup-client.js';

interface Pointer {
  live: Record<string, number>;
  replaced: { before: Record<string, number> }[];
}

/** The generations that the pointer names, live or to be put back, and nothing that was on its way. */
export async function expectNothingLeft(dataDir: string, where?: string): Promise<void> {
  const pointer = JSON.parse(await readFile(join(dataDir, 'current.json'), 'utf8')) as Pointer;
  for (const name of [...NAMES, 'backup']) {
    const kept = pointer.replaced.flatMap(({ before }) => before[name] ?? []);
    const named = [...new Set([pointer.live[name]!, ...kept])].map(
      (number) => `${String(number).padStart(4, '0')}.db`,
    );
    const files = (await readdir(join(dataDir, name))).filter((file) => /\.(db|part)$/.test(file));
    expect(files.toSorted(), `${where ?? ''} ${name}`).toEqual(named.toSorted());
  }
}
