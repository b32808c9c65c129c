import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Digests, digestOf, digestsOf, download, sha256, upload } from '../support/backup-client.js';
import { fillLogs } from '../support/fill-logs.js';
import { strayFiles } from '../support/live-state.js';
import { TestServer } from '../support/test-server.js';

/** More than sockets hold. */
const MEBIBYTES = 24;
/** Longer than the second that it is granted. */
const CUT_MILLISECONDS = 2000;
/** Of the end of the write-ahead logs, on a busy machine. */
const SPARE_MILLISECONDS = 8000;

let folder: string;
let server: TestServer;
let token: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowg-stop-'));
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

async function start(env: Record<string, string>): Promise<void> {
  server = await TestServer.start({ dataDir: join(folder, 'data'), env });
  token = await server.createToken(await server.login());
}

/** SIGTERM, as Kubernetes sends it. @returns milliseconds until the server has ended. */
async function stopNow(): Promise<number> {
  const began = Date.now();
  process.kill(server.pid, 'SIGTERM');
  expect(await server.ended(), server.log).toBe(0);
  return Date.now() - began;
}

/** The newest run of a kind, told by the next life of the server. */
async function newest(kind: 'backup' | 'restore') {
  server = await server.restarted({ FLOWG_TEST_FAILPOINTS: '' });
  return (await server.ok('GET', `/api/v1/${kind}s?limit=1`, { token }))[`${kind}s`][0];
}

describe('a stop in the middle of a backup', () => {
  /** Begins a download and takes nothing of it yet. */
  const begin = (): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const headers = { Authorization: `Bearer pat:${token}` };
      get(`${server.url}/api/v1/backup/logs`, { headers, agent: false }, (response) => {
        response.pause();
        resolve(response);
      }).on('error', reject);
    });

  async function withMuchToSend(shutdownSeconds: string): Promise<void> {
    await start({ FLOWG_SHUTDOWN_SECONDS: shutdownSeconds });
    await server.stop();
    await fillLogs(server.dataDir, MEBIBYTES);
    server = await server.restarted();
  }

  it('waits for a client that takes it in time, who gets all of it', async () => {
    await withMuchToSend('20');
    const response = await begin();
    const stopped = stopNow();
    await server.waitFor(/SIGTERM: finishing what is under way/);
    const bytes = await buffer(response);
    expect(bytes.length).toBe(Number(response.headers['content-length']));
    expect(await stopped).toBeLessThan(20_000);
    expect(await newest('backup')).toMatchObject({ outcome: 'succeeded', sha256: sha256(bytes) });
  });

  it('cuts one who does not, so that the file never looks complete', async () => {
    await withMuchToSend('1');
    const response = await begin();
    expect(await stopNow()).toBeLessThan(1000 + SPARE_MILLISECONDS);
    await expect(buffer(response)).rejects.toThrow(/aborted|socket hang up|ECONNRESET/);
    expect(await strayFiles(server.dataDir)).toEqual([]);
    expect((await newest('backup')).outcome).toMatch(/aborted|interrupted/);
  });
});

describe('a stop in the middle of a restore', () => {
  let before: Digests;
  let file: Buffer;

  /** Has a backup of before and a change since, and a server that is slow at a point of a restore. */
  async function slowAt(failpoint: string, milliseconds: number, shutdownSeconds: string): Promise<void> {
    await start({
      FLOWG_SHUTDOWN_SECONDS: shutdownSeconds,
      FLOWG_TEST_FAILPOINTS: `${failpoint}=sleep:${milliseconds}@${join(folder, 'hits')}`,
    });
    file = (await download(server, token, 'config')).bytes;
    await server.ok('PUT', '/api/v1/transformers/new', { token, json: { script: '.a = 1' } });
    before = await digestsOf(server, token);
  }

  it('waits for it, and the client is told that it is done', async () => {
    await slowAt('restore.checked', 1500, '20');
    const answer = upload(server, token, 'config', file);
    await hit();
    expect(await stopNow()).toBeLessThan(20_000);
    expect((await answer).status).toBe(200);
    expect((await newest('restore')).outcome).toBe('succeeded');
    expect(await digestsOf(server, token)).toEqual({ ...before, config: await digestOf(file) });
  });

  it.each(['restore.checked', 'restore.staged', 'restore.ready', 'restore.writes-held'])(
    'cuts one that takes too long at %s: the old state or the new, and nothing left behind',
    async (failpoint) => {
      await slowAt(failpoint, CUT_MILLISECONDS, '1');
      const answer = upload(server, token, 'config', file).then(
        ({ status }) => status,
        () => 'cut',
      );
      await hit();
      expect(await stopNow()).toBeLessThan(CUT_MILLISECONDS + SPARE_MILLISECONDS);
      const told = await answer;
      expect(await strayFiles(server.dataDir)).toEqual([]);
      const { outcome } = await newest('restore');
      expect(['succeeded', 'aborted', 'interrupted', 'failed']).toContain(outcome);
      if (told === 200) expect(outcome).toBe('succeeded');
      const config = outcome === 'succeeded' ? await digestOf(file) : before.config;
      expect(await digestsOf(server, token)).toEqual({ ...before, config });
      expect(await strayFiles(server.dataDir)).toEqual([]);
    },
  );

  async function hit(): Promise<void> {
    await expect.poll(() => readFile(join(folder, 'hits'), 'utf8').catch(() => '')).not.toBe('');
  }
});
