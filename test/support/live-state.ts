import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Digests, NAMES } from './backup-client.js';
import { openFiles } from './descriptors.js';
import { digestOfFile } from './toy-database.js';

/** Paths of the live generations, as `current.json` names them. */
export async function liveFiles(dataDir: string): Promise<Record<keyof Digests | 'backup', string>> {
  const { live } = JSON.parse(await readFile(join(dataDir, 'current.json'), 'utf8'));
  const path = (name: string) => join(dataDir, name, `${String(live[name]).padStart(4, '0')}.db`);
  return { auth: path('auth'), config: path('config'), logs: path('logs'), backup: path('backup') };
}

/** The state of the databases on disk, read beside the server that has them open: without a request, without a write. */
export async function liveDigests(dataDir: string): Promise<Digests> {
  const files = await liveFiles(dataDir);
  const digests = {} as Digests;
  for (const name of NAMES) digests[name] = await digestOfFile(files[name]);
  return digests;
}

/** Bytes of the write-ahead log of a live database. */
export async function walBytes(dataDir: string, name: keyof Digests): Promise<number> {
  const { size } = await stat(`${(await liveFiles(dataDir))[name]}-wal`).catch(() => ({ size: 0 }));
  return size;
}

/** Paths of what restores replaced and can be put back. */
async function keptFiles(dataDir: string): Promise<string[]> {
  const { replaced } = JSON.parse(await readFile(join(dataDir, 'current.json'), 'utf8')) as {
    replaced: { before: Record<string, number> }[];
  };
  return replaced.flatMap(({ before }) =>
    Object.entries(before).map(([name, number]) =>
      join(dataDir, name, `${String(number).padStart(4, '0')}.db`),
    ),
  );
}

/** Files of a data folder that belong neither to a generation that counts nor to the folder itself. */
export async function strayFiles(dataDir: string): Promise<string[]> {
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return straysAmong(files, [...Object.values(await liveFiles(dataDir)), ...(await keptFiles(dataDir))]);
}

/** The same of what a process has open below the folder, files that have no name any more among them. */
export async function strayDescriptors(dataDir: string, pid: number): Promise<string[]> {
  return straysAmong(await openBelow(dataDir, pid), Object.values(await liveFiles(dataDir)));
}

/** What the descriptors of a process below a folder lead to. */
export async function openBelow(folder: string, pid: number): Promise<string[]> {
  return (await openFiles(pid)).filter((path) => path.startsWith(`${folder}/`));
}

const OF_THE_FOLDER = /^(?:current\.json|secret\.key|server\.(?:lock|lock-journal|pid))$/;

function straysAmong(paths: string[], generations: string[]): string[] {
  const belongs = new Set(generations.flatMap((file) => [file, `${file}-wal`, `${file}-shm`]));
  return paths.filter((path) => !belongs.has(path) && !OF_THE_FOLDER.test(basename(path)));
}
