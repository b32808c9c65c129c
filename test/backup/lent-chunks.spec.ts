import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHUNK_BYTES, giveBackChunk, lendChunk } from '#src/database/lent-chunks.js';
import { fillLogs } from '../support/fill-logs.js';
import { TestServer } from '../support/test-server.js';

const MEBIBYTES = 24;

let folder: string;
let server: TestServer;
let token: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowg-chunks-'));
  await (await TestServer.start({ dataDir: folder })).stop();
  await fillLogs(folder, MEBIBYTES);
  server = await TestServer.start({ dataDir: folder });
  token = await server.createToken(await server.login());
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function begin(path: string): Promise<IncomingMessage> {
  const headers = { Authorization: `Bearer pat:${token}` };
  const [answer] = await once(get(server.url + path, { headers }), 'response');
  return answer as IncomingMessage;
}

/** @param pauseMs after each part that comes. */
async function download(path: string, pauseMs: number) {
  const answer = await begin(path);
  const hash = createHash('sha256');
  for await (const part of answer) {
    hash.update(part as Buffer);
    if (pauseMs > 0) await sleep(pauseMs);
  }
  return { id: String(answer.headers['x-backup-id']), sha256: hash.digest('hex') };
}

async function breakOff(path: string): Promise<void> {
  const answer = await begin(path);
  await once(answer, 'readable');
  answer.destroy();
}

it('downloads of all speeds at once, some broken off, are each what was hashed', async () => {
  const paths = ['/api/v1/backup/logs', '/api/v1/backup'];
  const under = [0, 0, 1, 2, 4].flatMap((pauseMs) => paths.map((path) => download(path, pauseMs)));
  for (let turn = 0; turn < 10; turn++) await breakOff(paths[turn % 2]!);
  for (const { id, sha256 } of await Promise.all(under)) {
    const { backup } = await server.ok('GET', `/api/v1/backups/${id}`, { token });
    expect(sha256).toBe(backup.sha256);
  }
});

it('a chunk is lent to one at a time', () => {
  const first = lendChunk();
  const second = lendChunk();
  expect([first.length, second.length]).toEqual([CHUNK_BYTES, CHUNK_BYTES]);
  expect(second).not.toBe(first);
  giveBackChunk(first);
  giveBackChunk(first);
  giveBackChunk(Buffer.alloc(CHUNK_BYTES));
  giveBackChunk(second.subarray(0, 10));
  const lent = [lendChunk(), lendChunk(), lendChunk()];
  expect(lent[0]).toBe(first);
  expect(new Set([...lent, second]).size).toBe(4);
});
