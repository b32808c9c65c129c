import { mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { S3Server } from '../support/s3-server.js';

/** What lies in a destination, seen from outside of the server. */
export interface Store {
  /** As `FLOWG_BACKUP_DESTINATIONS` has it. */
  settings: Record<string, unknown>;
  /** Names of all files there are, of those that are being written too. */
  names(): Promise<string[]>;
  read(name: string): Promise<Buffer>;
  stop(): Promise<void>;
}

export async function folderStore(path: string): Promise<Store> {
  await mkdir(path);
  return {
    settings: { type: 'folder', path },
    names: () => readdir(path),
    read: (name) => readFile(join(path, name)),
    stop: () => Promise.resolve(),
  };
}

export async function s3Store(): Promise<Store> {
  const s3 = await S3Server.start();
  const ending = '._S3rver_object';
  const objects = async () => (await s3.kept()).filter((path) => path.endsWith(ending));
  return {
    settings: s3.settings(),
    names: async () => {
      const parts = [...(await s3.uploads()).values()].map((key) => `parts of ${key}`);
      return [...(await objects()).map((path) => basename(path, ending)), ...parts];
    },
    read: async (name) => readFile((await objects()).find((path) => basename(path, ending) === name)!),
    stop: () => s3.stop(),
  };
}
