import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf, download, ingest, sha256 } from '../support/backup-client.js';
import { openDescriptors, openFiles } from '../support/descriptors.js';
import { fillLogs } from '../support/fill-logs.js';
import { TestServer } from '../support/test-server.js';

let server: TestServer;
let root: string;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowg-download-'));
  server = await TestServer.start({ dataDir: join(folder, 'data') });
  await server.stop();
  await fillLogs(server.dataDir, 24);
  server = await server.restarted({ FLOWG_SNAPSHOT_WAL_BUDGET_MB: '1' });
  root = await server.createToken(await server.login());
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** Begins a download and takes nothing of it yet. */
function begin(): Promise<{ request: ClientRequest; response: IncomingMessage }> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer pat:${root}` };
    const request = get(`${server.url}/api/v1/backup/logs`, { headers, agent: false }, (response) => {
      response.pause();
      resolve({ request, response });
    });
    request.on('error', reject);
  });
}

async function drain(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const wal = async () => (await stat(join(server.dataDir, 'logs', '0001.db-wal'))).size;

async function lastBackup() {
  return (await server.ok('GET', '/api/v1/backups?limit=1', { token: root })).backups[0];
}

describe('a client that is slow', () => {
  it('gets its instant whole, while the write-ahead log is let go', async () => {
    const before = await digestOf((await download(server, root, 'logs')).bytes);
    const { response } = await begin();
    const size = Number(response.headers['content-length']);
    await ingest(server, root, 300, 'z'.repeat(10_000));
    // The rest of the file is put aside, into a file without a name.
    const putAside = async () =>
      (await openFiles(server.pid)).some((file) => /copy-[^/]*\.part \(deleted\)$/.test(file));
    await expect.poll(putAside, { timeout: 10_000 }).toBe(true);
    await ingest(server, root, 100, 'z'.repeat(10_000));
    const second = await download(server, root, 'logs');
    expect(second.bytes.length).toBeGreaterThan(size);
    const bytes = await drain(response);
    expect(bytes.length).toBe(size);
    expect(await digestOf(bytes)).toBe(before);
    const { backup } = await server.ok('GET', `/api/v1/backups/${String(response.headers['x-backup-id'])}`, {
      token: root,
    });
    expect(backup.sha256).toBe(sha256(bytes));
    expect((await readdir(join(server.dataDir, 'logs'))).filter((name) => name.endsWith('.part'))).toEqual(
      [],
    );
    await ingest(server, root, 1);
    expect(await wal()).toBeLessThan(20 * 1024 * 1024);
  });

  it('and takes nothing at all is cut off, and the catalogue says so', async () => {
    server = await server.restarted({ FLOWG_TRANSFER_IDLE_SECONDS: '2' });
    const { response } = await begin();
    await expect
      .poll(async () => (await lastBackup()).outcome, { timeout: 15_000, interval: 200 })
      .toBe('aborted');
    expect((await lastBackup()).error).toBe('the client took nothing for 2 seconds');
    await expect(drain(response)).rejects.toThrow(/aborted|socket hang up/);
  });
});

describe('a client that goes away', () => {
  it('leaves nothing behind', async () => {
    await download(server, root, 'logs');
    const descriptors = await openDescriptors(server.pid);
    for (let round = 0; round < 5; round++) {
      const { request } = await begin();
      request.on('error', () => undefined);
      request.destroy();
    }
    await expect
      .poll(() => openDescriptors(server.pid), { timeout: 10_000 })
      .toBeLessThanOrEqual(descriptors);
    await expect.poll(async () => (await lastBackup()).outcome, { timeout: 5000 }).toBe('aborted');
    expect((await lastBackup()).error).toBe('the client closed the connection');
    await download(server, root, 'logs');
  });
});

describe('a failure in the middle', () => {
  it('cuts the connection, so that a short file never looks complete', async () => {
    server = await server.restarted({ FLOWG_TEST_FAILPOINTS: 'backup.sending=error:EIO' });
    await expect(download(server, root, 'logs')).rejects.toThrow();
    await expect.poll(async () => (await lastBackup()).outcome).toBe('failed');
    expect(await lastBackup()).toMatchObject({
      sha256: null,
      error: expect.stringContaining('failed while sending'),
    });
    server = await server.restarted({ FLOWG_TEST_FAILPOINTS: '' });
    await download(server, root, 'logs');
  });
});

describe('what was deleted', () => {
  it('is not in the file: passwords, tokens, scripts, log lines', async () => {
    const secret = 'a-secret-that-was-deleted';
    await server.ok('PUT', '/api/v1/transformers/doomed', {
      token: root,
      json: { script: `.x = "${secret}"` },
    });
    await ingest(server, root, 30, secret);
    const doomed = await server.createUser(root, 'doomed-user', ['read_streams']);
    for (let round = 0; round < 20; round++) await server.createToken(doomed);
    expect((await download(server, root, 'logs')).bytes.includes(secret)).toBe(true);
    expect((await download(server, root, 'config')).bytes.includes(secret)).toBe(true);
    expect((await download(server, root, 'auth')).bytes.includes('doomed-user')).toBe(true);
    await server.ok('DELETE', '/api/v1/transformers/doomed', { token: root });
    await server.ok('DELETE', '/api/v1/streams/default', { token: root });
    await server.ok('DELETE', '/api/v1/users/doomed-user', { token: root });
    await server.ok('DELETE', '/api/v1/roles/doomed-user-role', { token: root });
    expect((await download(server, root, 'logs')).bytes.includes(secret)).toBe(false);
    expect((await download(server, root, 'config')).bytes.includes(secret)).toBe(false);
    expect((await download(server, root, 'auth')).bytes.includes('doomed-user')).toBe(false);
  });
});
