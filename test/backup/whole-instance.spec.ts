import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf, digestsOf, download, ingest, NAMES, sha256, upload } from '../support/backup-client.js';
import { hasProgram } from '../support/programs.js';
import { TestServer } from '../support/test-server.js';
import { downloadAll, uploadAll } from '../support/whole-backup.js';

const run = promisify(execFile);

let server: TestServer;
let root: string;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowg-whole-'));
  server = await TestServer.start();
  root = await server.createToken(await server.login());
  await ingest(server, root, 20);
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

async function change(mark: string): Promise<void> {
  const json = { roles: ['admin'], password: 'a password' };
  await server.ok('PUT', `/api/v1/users/user-${mark}`, { token: root, json });
  await server.ok('PUT', `/api/v1/transformers/${mark}`, { token: root, json: { script: '. = {}' } });
  await ingest(server, root, 5, mark);
}

/** The members of an archive, unpacked by what is on every system. */
async function unpack(bytes: Buffer, name: string): Promise<string> {
  const target = await mkdtemp(join(folder, `${name}-`));
  await writeFile(join(target, 'archive.tar'), bytes);
  await run('tar', ['xf', 'archive.tar'], { cwd: target });
  return target;
}

describe('a backup of the whole server', () => {
  it('has its length and name in front, and its SHA-256 in the catalogue', async () => {
    const { bytes, headers } = await downloadAll(server, root);
    expect(headers.get('content-length')).toBe(String(bytes.length));
    expect(headers.get('content-type')).toBe('application/x-tar');
    expect(headers.get('content-disposition')).toContain('flowg-backup.tar');
    const id = headers.get('x-backup-id');
    const { backup } = await server.ok('GET', `/api/v1/backups/${id}`, { token: root });
    expect(backup).toMatchObject({
      database: 'all',
      outcome: 'succeeded',
      bytes: bytes.length,
      sha256: sha256(bytes),
      rows: { auth: { users: 1 }, config: { pipelines: 1 }, logs: { entries: 20 } },
    });
  });

  it.skipIf(!hasProgram('tar'))('is a tar of the three databases with sums that are right', async () => {
    const target = await unpack((await downloadAll(server, root)).bytes, 'content');
    const { stdout } = await run('sha256sum', ['-c', 'SHA256SUMS'], { cwd: target });
    expect(stdout.trim().split('\n')).toEqual(
      ['manifest.json', 'auth.db', 'config.db', 'logs.db'].map((name) => `${name}: OK`),
    );
    const digests = await digestsOf(server, root);
    for (const name of NAMES) {
      expect(await digestOf(await readFile(join(target, `${name}.db`))), name).toBe(digests[name]);
    }
    const manifest = JSON.parse(await readFile(join(target, 'manifest.json'), 'utf8'));
    expect(new Set(NAMES.map((name) => manifest.databases[name].instant)).size).toBe(1);
  });

  it.skipIf(!hasProgram('tar'))('has members that restore by themselves', async () => {
    const target = await unpack((await downloadAll(server, root)).bytes, 'single');
    const before = await digestsOf(server, root);
    await change('single');
    for (const name of NAMES) {
      const answer = await upload(server, root, name, await readFile(join(target, `${name}.db`)));
      expect(answer.status, answer.text).toBe(200);
    }
    expect(await digestsOf(server, root)).toEqual(before);
  });
});

describe('a restore of the whole server', () => {
  it('puts all databases back at once, and is undone at once', async () => {
    const before = await digestsOf(server, root);
    const { bytes } = await downloadAll(server, root);
    await change('whole');
    const changed = await digestsOf(server, root);
    const answer = await uploadAll(server, root, bytes);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({
      success: true,
      database: 'all',
      bytes: bytes.length,
      sha256: sha256(bytes),
      schema_version: null,
      rows: { auth: { users: 1 }, config: { transformers: 0 }, logs: { entries: 20 } },
    });
    expect(await digestsOf(server, root)).toEqual(before);

    const undo = await server.request('POST', `/api/v1/restores/${answer.body.restore_id}/undo`, {
      token: root,
    });
    expect(undo.status, undo.text).toBe(200);
    expect(undo.body.restore).toMatchObject({
      database: 'all',
      mode: 'undo',
      undoes: answer.body.restore_id,
    });
    expect(await digestsOf(server, root)).toEqual(changed);
  });

  it('is refused as a whole for one member that is not right, and leaves nothing behind', async () => {
    const { bytes } = await downloadAll(server, root);
    const before = await digestsOf(server, root);
    const pages = bytes.indexOf('SQLite format 3\0', bytes.indexOf('logs.db\0'));
    const flipped = Buffer.from(bytes);
    flipped[pages + 5000]! ^= 0xff;
    const swapped = Buffer.from(bytes);
    swapped.write('auth.db', swapped.indexOf('config.db\0', 1024));
    const cases: [Buffer | string, RegExp][] = [
      [flipped, /"archive".*logs\.db/],
      [swapped, /"archive"/],
      [bytes.subarray(0, bytes.length - 2048), /"archive"/],
      [Buffer.concat([bytes, Buffer.from('more')]), /"archive"/],
      [(await download(server, root, 'auth')).bytes, /"archive"/],
      ['a text', /"archive"/],
    ];
    for (const [file, text] of cases) {
      const answer = await uploadAll(server, root, file);
      expect(answer.status, answer.text).toBe(400);
      expect(answer.body.error).toMatch(text);
      expect(answer.body.error).not.toContain(server.dataDir);
    }
    expect(await digestsOf(server, root)).toEqual(before);
    const { restores } = await server.ok('GET', '/api/v1/restores?limit=1', { token: root });
    expect(restores[0]).toMatchObject({ database: 'all', outcome: 'refused', generations: null });
  });

  it('whose sums are right is still checked: what is wrong inside a member is told with its name', async () => {
    const other = await TestServer.start();
    const token = await other.createToken(await other.login());
    const { bytes } = await downloadAll(other, token);
    await other.stop();
    // Of a server whose root has another token: the caller could not come back. Nothing of it may come in.
    await server.ok('POST', '/api/v1/auth/change-password', {
      token: await server.login(),
      json: { old_password: 'root', new_password: 'another password' },
    });
    const before = await digestsOf(server, root);
    const refused = await uploadAll(server, root, bytes);
    expect(refused.status, refused.text).toBe(409);
    expect(await digestsOf(server, root)).toEqual(before);
    const answer = await uploadAll(server, root, bytes, '?allow_lockout=true');
    expect(answer.status, answer.text).toBe(200);
    expect(await server.status('GET', '/api/v1/auth/whoami', { token: root })).toBe(401);
    root = await server.createToken(await server.login());
  });
});
