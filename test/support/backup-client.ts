import { createHash, randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RestorableName } from '#src/database/database.js';
import type { Answer, TestServer } from './test-server.js';
import { digestOfFile } from './toy-database.js';

export const NAMES: readonly RestorableName[] = ['auth', 'config', 'logs'];

export interface Downloaded {
  bytes: Buffer;
  headers: Headers;
}

/** Downloads a backup and checks what every backup promises: type, name, length, id. */
export async function download(server: TestServer, token: string, name: RestorableName): Promise<Downloaded> {
  const response = await fetch(`${server.url}/api/v1/backup/${name}`, {
    headers: { Authorization: `Bearer ${token.startsWith('pat_') ? 'pat' : 'jwt'}:${token}` },
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200) throw new Error(`backup of ${name}: ${response.status} ${bytes.toString()}`);
  return { bytes, headers: response.headers };
}

/** Sends a file the way curl's `--form backup=@FILE` does. */
export function upload(
  server: TestServer,
  token: string,
  name: RestorableName,
  bytes: Buffer | string,
  query = '',
): Promise<Answer> {
  const form = new FormData();
  form.append('backup', new Blob([bytes]), `${name}.db`);
  return server.request('POST', `/api/v1/restore/${name}${query}`, { token, body: form });
}

/** State digest of the content of a backup. */
export async function digestOf(bytes: Buffer): Promise<string> {
  const file = join(tmpdir(), `flowg-digest-${randomUUID()}.db`);
  await writeFile(file, bytes);
  try {
    return await digestOfFile(file);
  } finally {
    await rm(file, { force: true });
  }
}

export type Digests = Record<RestorableName, string>;

/** The state of all three databases of a running server, taken the way a user would: by backups. */
export async function digestsOf(server: TestServer, token: string): Promise<Digests> {
  const digests = {} as Digests;
  for (const name of NAMES) digests[name] = await digestOf((await download(server, token, name)).bytes);
  return digests;
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Resident memory of a process in bytes, from /proc. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024;
}

/** Sends so many records into the stream `default`, from a few connections at once. */
export async function ingest(
  server: TestServer,
  token: string,
  count: number,
  text = 'hello',
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const record = { message: `${text} ${next++}`, app: 'test' };
      await server.ok('POST', '/api/v1/pipelines/default/logs', { token, json: { record } });
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

/** All records of a stream, newest first. */
export async function records(
  server: TestServer,
  token: string,
  stream = 'default',
): Promise<{ timestamp: string; fields: Record<string, string> }[]> {
  const query = 'from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z';
  return (await server.ok('GET', `/api/v1/streams/${stream}/logs?${query}`, { token })).records;
}
