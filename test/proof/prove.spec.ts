import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Packing } from '#src/backup/packing/packing.js';
import { RUN_SCOPES } from '#src/backup/run-scope.js';
import { newAgeKey } from '../packing/packed.js';
import { digestsOf, download, ingest, sha256 } from '../support/backup-client.js';
import { metricValue } from '../support/metrics.js';
import {
  type BackupFolder,
  changeRun,
  replaceStored,
  serverWithFolder,
  type StoredBackup,
  takeBackup,
} from '../support/stored-backups.js';
import type { Answer, TestServer } from '../support/test-server.js';

const GZIP: Packing = { compression: 'gzip', recipients: [] };

let folder: BackupFolder;
let server: TestServer;
let root: string;

beforeAll(async () => {
  ({ folder, server, root } = await serverWithFolder());
  await server.ok('PUT', '/api/v1/transformers/same', { token: root, json: { script: '. = .' } });
  await ingest(server, root, 200);
});
afterAll(async () => {
  await server.stop();
  await folder.remove();
});

function prove({ id }: { id: string }, token = root, on = server): Promise<Answer> {
  return on.request('POST', `/api/v1/backups/${id}/prove`, { token });
}

const workshops = async (of = server) =>
  (await readdir(of.dataDir)).filter((name) => name.startsWith('flowg-verify-'));

describe('POST /api/v1/backups/{id}/prove', () => {
  it.each(RUN_SCOPES)('proves a good backup of %s, and changes nothing', async (scope) => {
    const backup = await folder.store(server, root, scope, GZIP);
    const before = await digestsOf(server, root);
    const { status, body } = await prove(backup);
    expect(status).toBe(200);
    expect(body.success).toBe(true);
    expect(body.backup).toMatchObject({
      id: backup.id,
      database: scope,
      stored: { file: backup.stored.file, removed_at: null },
      proof: { outcome: 'proven', reach: 'content', failed: null, error: null, server_version: '0.1.0' },
    });
    expect(body.backup.proof.queries.length).toBeGreaterThan(2);
    expect((await server.ok('GET', `/api/v1/backups/${backup.id}`, { token: root })).backup).toEqual(
      body.backup,
    );
    expect(await folder.receipt(backup)).toMatchObject({
      format: 1,
      backup: backup.id,
      schedule: 'test',
      database: scope,
      file: backup.stored.file,
      stored: {
        bytes: backup.stored.bytes,
        sha256: backup.stored.sha256,
        compression: 'gzip',
        sealed: false,
      },
      content: { bytes: backup.content.length, sha256: sha256(backup.content) },
      instant: body.backup.instant,
      rows: body.backup.rows,
      proof: body.backup.proof,
    });
    expect(await digestsOf(server, root)).toEqual(before);
    expect(await workshops()).toEqual([]);
  });

  it('asks what the API would be asked, and says what it has found', async () => {
    const backup = await folder.store(server, root, 'logs');
    const { queries } = (await prove(backup)).body.backup.proof;
    const found = Object.fromEntries(queries.map((one: any) => [one.question, one.found]));
    expect(found).toEqual({
      streams: 1,
      'fields of the stream "default"': 2,
      'newest logs of the stream "default"': 100,
      'logs of the last hour of the stream "default"': 100,
      'logs with a value of the stream "default"': expect.any(Number),
    });
    const config = await folder.store(server, root, 'config');
    const ofConfig = (await prove(config)).body.backup.proof.queries;
    expect(ofConfig).toContainEqual(expect.objectContaining({ question: 'pipelines that run', found: 1 }));
  });

  it('answers 200 for a backup that is not what it was, says why, and removes nothing', async () => {
    const backup = await folder.store(server, root, 'auth');
    const damaged = Buffer.from(backup.content);
    damaged[5000]! ^= 1;
    await writeFile(backup.path, damaged);
    const { status, body } = await prove(backup);
    expect(status).toBe(200);
    expect(body.backup.proof).toMatchObject({ outcome: 'failed', failed: 'stored' });
    expect(body.backup.proof.error).toMatch(/^what lies in the destination is not what was written: it has /);
    expect(body.backup.outcome).toBe('succeeded');
    expect((await readFile(backup.path)).equals(damaged)).toBe(true);
    expect((await folder.receipt(backup)).proof.outcome).toBe('failed');

    await writeFile(backup.path, backup.content);
    expect((await prove(backup)).body.backup.proof).toMatchObject({ outcome: 'proven', error: null });
    expect((await folder.receipt(backup)).proof.outcome).toBe('proven');
  });

  it('looks into what the catalogue says is right', async () => {
    const backup = await folder.store(server, root, 'config');
    const { bytes: other } = await download(server, root, 'auth');
    await replaceStored(server, backup, other);
    await changeRun(server, backup.id, { bytes: String(other.length), sha256: sha256(other) });
    const { proof } = (await prove(backup)).body.backup;
    expect(proof).toMatchObject({ outcome: 'failed', failed: 'kind' });
    expect(proof.error).toMatch(/it is a backup of auth, not of config/);
  });

  it('tells of a sealed one only that it is what was written', async () => {
    const { recipient } = await newAgeKey();
    const backup = await folder.store(server, root, 'auth', { compression: 'gzip', recipients: [recipient] });
    expect((await prove(backup)).body.backup.proof).toMatchObject({
      outcome: 'proven',
      reach: 'bytes',
      queries: [],
    });
    await replaceBytes(backup);
    expect((await prove(backup)).body.backup.proof).toMatchObject({ outcome: 'failed', reach: 'bytes' });
  });

  it('fails for a file that is not there, and writes no receipt beside nothing', async () => {
    const backup = await folder.store(server, root, 'auth');
    await rm(backup.path);
    const { status, body } = await prove(backup);
    expect(status).toBe(200);
    expect(body.backup.proof).toMatchObject({ outcome: 'failed', failed: 'missing', checks: [] });
    await expect(folder.receipt(backup)).rejects.toThrow('ENOENT');
  });

  it('is measured, also after a restart', async () => {
    await prove(await folder.store(server, root, 'config'));
    const valueOf = async () => {
      const metrics = await (await fetch(`${server.managementUrl}/metrics`)).text();
      return metricValue(metrics, 'flowg_backup_last_proven_timestamp_seconds', { database: 'config' });
    };
    const proven = await valueOf();
    expect(proven).toBeGreaterThan(Date.now() / 1000 - 60);
    server = await server.restarted();
    expect(await valueOf()).toBe(proven);
  });

  it('stands in the log and in the audit', async () => {
    const backup = await folder.store(server, root, 'auth');
    await prove(backup);
    await server.waitFor(new RegExp(`backup of auth ${backup.id}: proof of its content: proven`));
    await server.waitFor(new RegExp(`prove_backup.*proof.*proven`));
  });
});

describe('what cannot be proven', () => {
  const NOBODY = '5f0f6a3e-6e0a-4d0b-9d43-0d1d5a0c2a51';

  it('is told apart', async () => {
    expect(await prove({ id: 'x' })).toMatchObject({ status: 400 });
    expect(await prove({ id: NOBODY })).toMatchObject({ status: 404, body: { status: 'NOT_FOUND' } });
    const downloaded = await prove(await takeBackup(server, root, 'auth'));
    expect(downloaded.status).toBe(409);
    expect(downloaded.body.error).toMatch(
      /no destination has backup .*: the server only keeps what a schedule has stored/,
    );
  });

  it('is a backup that retention has removed', async () => {
    const backup = await folder.store(server, root, 'auth');
    const removedMs = Date.UTC(2026, 0, 2);
    await changeRun(server, backup.id, { stored: JSON.stringify({ ...backup.stored, removedMs }) });
    const { status, body } = await prove(backup);
    expect(status).toBe(409);
    expect(body.error).toMatch(
      /was removed from the destination "nas" at 2026-01-02T00:00:00.000Z, by its retention/,
    );
  });

  it('is a backup in a destination that is not configured any more', async () => {
    const backup = await folder.store(server, root, 'auth');
    const stored = { ...backup.stored, destination: 'old' };
    await changeRun(server, backup.id, { stored: JSON.stringify(stored) });
    const { status, body } = await prove(backup);
    expect(status).toBe(409);
    expect(body.error).toMatch(/lies in the destination "old", which is not configured any more/);
  });

  it('is one that the disk has no room for', async () => {
    const backup = await folder.store(server, root, 'auth');
    server = await server.restarted({ FLOWG_DISK_RESERVE_MB: '99999999' });
    const { status, body } = await prove(backup);
    expect(status).toBe(507);
    expect(body.error).toMatch(/the server's disk has no room for this/);
    expect(await workshops()).toEqual([]);
    server = await server.restarted({ FLOWG_DISK_RESERVE_MB: '1' });
    expect((await server.ok('GET', `/api/v1/backups/${backup.id}`, { token: root })).backup.proof).toBeNull();
  });

  it('is one in a destination that does not answer', async () => {
    const backup = await folder.store(server, root, 'auth');
    await rm(folder.path, { recursive: true });
    const { status, body } = await prove(backup);
    expect(status).toBe(502);
    expect(body).toMatchObject({ status: 'BAD_GATEWAY', error: expect.stringContaining('"nas"') });
    expect(body.error).not.toContain(folder.path);
    await mkdir(folder.path);
  });
});

/** Changes the stored bytes behind the back of the catalogue. */
async function replaceBytes({ path }: StoredBackup): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(path, bytes);
}
