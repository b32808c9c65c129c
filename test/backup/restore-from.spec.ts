import { truncate, readFile, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Permission, PERMISSION_NAMES } from '#src/auth/permissions.js';
import type { Packing } from '#src/backup/packing/packing.js';
import { RUN_PERMISSIONS } from '#src/backup/run-permissions.js';
import { namesIn, RUN_SCOPES, type RunScope } from '#src/backup/run-scope.js';
import { newAgeKey } from '../packing/packed.js';
import { digestsOf, download, ingest, records, sha256 } from '../support/backup-client.js';
import { strayDescriptors, strayFiles } from '../support/live-state.js';
import {
  type BackupFolder,
  changeRun,
  replaceStored,
  serverWithFolder,
  type StoredBackup,
  takeBackup,
} from '../support/stored-backups.js';
import type { Answer, RequestOptions, TestServer } from '../support/test-server.js';

const PLAIN: Packing = { compression: 'none', recipients: [] };
const GZIP: Packing = { compression: 'gzip', recipients: [] };
const NOBODY = '5f0f6a3e-6e0a-4d0b-9d43-0d1d5a0c2a51';

let folder: BackupFolder;
let server: TestServer;
let root: string;

beforeAll(async () => {
  ({ folder, server, root } = await serverWithFolder());
  await change('before');
});
afterAll(async () => {
  await server.stop();
  await folder.remove();
});

/** Something in each database. */
async function change(name: string): Promise<void> {
  await server.ok('PUT', `/api/v1/roles/${name}`, { token: root, json: { scopes: ['read_streams'] } });
  await server.ok('PUT', `/api/v1/transformers/${name}`, { token: root, json: { script: '. = .' } });
  await ingest(server, root, 20, name);
}

const pathOf = (scope: RunScope) => (scope === 'all' ? '/api/v1/restore' : `/api/v1/restore/${scope}`);

function restore(scope: RunScope, from: string, query = '', options: RequestOptions = {}): Promise<Answer> {
  return server.request('POST', `${pathOf(scope)}?from=${from}${query}`, { token: root, ...options });
}

/** Whatever is refused or breaks off: nothing live has changed, nothing is left, and restores go on working. */
async function expectOldState(work: () => Promise<void>): Promise<void> {
  const before = await digestsOf(server, root);
  await work();
  expect(await digestsOf(server, root)).toEqual(before);
  expect(await strayFiles(server.dataDir)).toEqual([]);
  expect(await strayDescriptors(server.dataDir, server.pid)).toEqual([]);
}

describe('POST /api/v1/restore/{database}?from={id}', () => {
  for (const packing of [PLAIN, GZIP])
    it.each(RUN_SCOPES)(`puts exactly the stored state back: %s, ${packing.compression}`, async (scope) => {
      const saved = await digestsOf(server, root);
      const backup = await folder.store(server, root, scope, packing);
      await change(`after-${scope}-${packing.compression}`);
      const changed = await digestsOf(server, root);
      const { status, body } = await restore(scope, backup.id);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        success: true,
        database: scope,
        from: backup.id,
        bytes: backup.content.length,
        sha256: sha256(backup.content),
      });
      const expected = { ...changed };
      for (const name of namesIn(scope)) expected[name] = saved[name];
      expect(await digestsOf(server, root)).toEqual(expected);
      const { restore: row } = await server.ok('GET', `/api/v1/restores/${body.restore_id}`, { token: root });
      expect(row).toMatchObject({
        from: backup.id,
        outcome: 'succeeded',
        sha256: body.sha256,
        bytes: body.bytes,
      });
      expect(await strayFiles(server.dataDir)).toEqual([]);
    });

  it('can be previewed, and the plan holds for the stored backup as for the file', async () => {
    const backup = await folder.store(server, root, 'config', GZIP);
    await server.ok('PUT', '/api/v1/transformers/added', { token: root, json: { script: '. = .' } });
    const { status, body } = await restore('config', backup.id, '&dry_run=true');
    expect(status).toBe(200);
    expect(body).toMatchObject({ dry_run: true, from: backup.id, plan: expect.any(String) });
    expect(JSON.stringify(body.changes)).toContain('added');
    await server.ok('PUT', '/api/v1/transformers/later', { token: root, json: { script: '. = .' } });
    expect((await restore('config', backup.id, `&plan=${body.plan}`)).status).toBe(409);
    await server.ok('DELETE', '/api/v1/transformers/later', { token: root });
    expect((await restore('config', backup.id, `&plan=${body.plan}`)).status).toBe(200);
  });

  it('can be undone, and undoes itself unless it is confirmed', async () => {
    const backup = await folder.store(server, root, 'config');
    await server.ok('PUT', '/api/v1/transformers/new', { token: root, json: { script: '. = .' } });
    const live = await digestsOf(server, root);
    const { body } = await restore('config', backup.id, '&confirm_within=600');
    expect(body.confirm_by).not.toBeNull();
    expect((await restore('config', backup.id)).status).toBe(409);
    await server.ok('POST', `/api/v1/restores/${body.restore_id}/confirm`, { token: root });
    await server.ok('POST', `/api/v1/restores/${body.restore_id}/undo`, { token: root });
    expect(await digestsOf(server, root)).toEqual(live);
  });

  it('keeps newer logs, merges, and takes single definitions', async () => {
    const logs = await folder.store(server, root, 'logs', GZIP);
    const count = (await records(server, root)).length;
    await ingest(server, root, 5, 'newer');
    const kept = await restore('logs', logs.id, '&keep_newer=true');
    expect(kept.body).toMatchObject({ success: true, from: logs.id, kept_newer: expect.anything() });
    expect(await records(server, root)).toHaveLength(count + 5);
    await server.ok('DELETE', '/api/v1/streams/default', { token: root });
    const merged = await restore('logs', logs.id, '&mode=merge');
    expect(merged.status).toBe(200);
    expect(await records(server, root)).toHaveLength(count);

    await server.ok('PUT', '/api/v1/transformers/lost', { token: root, json: { script: '. = .' } });
    const config = await folder.store(server, root, 'config');
    await server.ok('DELETE', '/api/v1/transformers/lost', { token: root });
    const taken = await restore('config', config.id, '&only=transformers/lost');
    expect(taken.body).toMatchObject({ success: true, from: config.id, taken: { transformers: ['lost'] } });
    await server.ok('GET', '/api/v1/transformers/lost', { token: root });
  });

  it('asks about a lockout, as any restore does', async () => {
    const jwt = await server.createUser(root, 'newcomer', [...PERMISSION_NAMES]);
    await server.ok('DELETE', '/api/v1/users/newcomer', { token: root });
    const backup = await folder.store(server, root, 'auth');
    await server.createUser(root, 'newcomer', [...PERMISSION_NAMES]);
    const refused = await restore('auth', backup.id, '', { token: jwt });
    expect(refused.status).toBe(409);
    expect(refused.body.error).toMatch(/would be locked out/);
    expect((await restore('auth', backup.id, '&allow_lockout=true', { token: jwt })).status).toBe(200);
  });
});

describe('what cannot be restored from', () => {
  const refusals: [what: string, status: number, text: RegExp, ask: () => Promise<Answer>][] = [
    ['no id', 400, /invalid argument/, () => restore('auth', 'yesterday')],
    ['an unknown id', 404, /there is no backup 5f0f6a3e/, () => restore('auth', NOBODY)],
    [
      'the backup of another database',
      400,
      /from: it is a backup of config, not of auth: POST \/api\/v1\/restore\/config\?from=/,
      async () => restore('auth', (await folder.store(server, root, 'config')).id),
    ],
    [
      'the backup of all for one',
      400,
      /from: it is a backup of all, not of auth: POST \/api\/v1\/restore\?from=/,
      async () => restore('auth', (await folder.store(server, root, 'all')).id),
    ],
    [
      'a backup that was downloaded',
      409,
      /no destination has backup/,
      async () => restore('auth', (await takeBackup(server, root, 'auth')).id),
    ],
    [
      'a backup that was removed',
      409,
      /was removed from the destination "nas"/,
      async () => restore('auth', (await changedCopy({ removedMs: 1_700_000_000_000 })).id),
    ],
    [
      'a destination that is gone',
      409,
      /"old", which is not configured any more/,
      async () => restore('auth', (await changedCopy({ destination: 'old' })).id),
    ],
    [
      'a sealed backup',
      409,
      /is sealed, the server has no key for it: download flowg-test-auth-\S+\.db\.gz\.age from the destination "nas", open it with age/,
      async () => {
        const { recipient } = await newAgeKey();
        const backup = await folder.store(server, root, 'auth', {
          compression: 'gzip',
          recipients: [recipient],
        });
        return restore('auth', backup.id);
      },
    ],
    [
      'a file as well',
      400,
      /from: a file comes with the request as well/,
      async () => {
        const body = new FormData();
        body.append('backup', new Blob(['x']), 'auth.db');
        return restore('auth', (await folder.store(server, root, 'auth')).id, '', { body });
      },
    ],
    [
      'passwords that nobody lacks',
      400,
      /one_time_passwords belongs to a backup of FlowG's/,
      async () => restore('auth', (await folder.store(server, root, 'auth')).id, '&one_time_passwords=true'),
    ],
  ];
  it.each(refusals)('%s', async (_what, status, text, ask) => {
    await expectOldState(async () => {
      const answer = await ask();
      expect({ status: answer.status, error: answer.body.error }).toMatchObject({
        status,
        error: expect.stringMatching(text),
      });
    });
  });

  async function changedCopy(changes: object): Promise<StoredBackup> {
    const backup = await folder.store(server, root, 'auth');
    await changeRun(server, backup.id, { stored: JSON.stringify({ ...backup.stored, ...changes }) });
    return backup;
  }
});

describe('a stored copy that is not what it was', () => {
  type Damage = (backup: StoredBackup) => Promise<unknown>;
  const flip: Damage = async ({ path }) => {
    const bytes = await readFile(path);
    bytes[bytes.length - 5000]! ^= 1;
    await writeFile(path, bytes);
  };
  const damages: [what: string, packing: Packing, text: RegExp, damage: Damage][] = [
    ['one bit is another', PLAIN, /what lies in the destination is not what was written/, flip],
    [
      'is not there',
      PLAIN,
      /there is no file flowg-test-\S+ in the destination "nas"/,
      ({ path }) => rm(path),
    ],
    ['is cut', GZIP, /the compressed data ends in the middle/, ({ path }) => truncate(path, 3000)],
    [
      'is something else',
      GZIP,
      /the compressed data is damaged/,
      ({ path }) => writeFile(path, 'no gzip at all'),
    ],
    [
      'is another backup, and the catalogue was changed for it',
      PLAIN,
      /what comes out of it is not the backup that went in/,
      async (backup) => replaceStored(server, backup, (await download(server, root, 'logs')).bytes),
    ],
    ['is empty', PLAIN, /it has 0 bytes/, ({ path }) => truncate(path, 0)],
  ];
  it.each(damages)('is not restored when it %s', async (_what, packing, text, damage) => {
    const backup = await folder.store(server, root, 'logs', packing);
    await ingest(server, root, 3, 'since');
    await damage(backup);
    await expectOldState(async () => {
      const answer = await restore('logs', backup.id);
      expect({ status: answer.status, error: answer.body.error }).toMatchObject({
        status: 502,
        error: expect.stringMatching(text),
      });
    });
    const [newest] = (await server.ok('GET', '/api/v1/restores?limit=1', { token: root })).restores;
    expect(newest).toMatchObject({ from: backup.id, outcome: 'failed' });
  });
});

describe('who may', () => {
  it.each(RUN_SCOPES)('restore %s from what is stored is who may restore it', async (scope) => {
    const { id } = await folder.store(server, root, scope);
    const needed = RUN_PERMISSIONS.restore[scope];
    const path = `${pathOf(scope)}?from=${id}&dry_run=true`;
    expect(await server.status('POST', path)).toBe(401);
    for (const missing of needed) {
      const others = PERMISSION_NAMES.filter((one: Permission) => one !== missing);
      const token = await server.createUser(root, `not-${scope}-${missing}`, others);
      expect(await server.status('POST', path, { token })).toBe(403);
    }
    const token = await server.createUser(root, `just-${scope}`, [...needed]);
    expect(await server.status('POST', path, { token })).toBe(200);
  });
});
