import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

interface Lockfile {
  packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
}

/** Bytes of the packages that are installed and needed to run: those that the lock file does not call development ones. */
export async function installedBytes(root: string): Promise<number> {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Lockfile;
  let bytes = 0;
  for (const [path, { dev, devOptional }] of Object.entries(lock.packages))
    if (path !== '' && !dev && !devOptional) bytes += await bytesOf(join(root, path));
  return bytes;
}

/** Without the packages that lie in it, which stand in the lock file themselves; 0 for what is not installed here. */
async function bytesOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += entry.name === 'node_modules' ? 0 : await bytesOf(path);
    else if (entry.isFile()) bytes += (await stat(path)).size;
  }
  return bytes;
}
