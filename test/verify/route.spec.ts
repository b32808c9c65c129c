import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestsOf, NAMES, sha256, upload } from '../support/backup-client.js';
import { RawRequest, UPLOAD_FORM } from '../support/raw-request.js';
import { type Answer, TestServer } from '../support/test-server.js';
import { archiveOf, BAD_FILES, type Backups, freshBackups } from './known-files.js';

let server: TestServer;
let root: string;
let backups: Backups;
let archive: Buffer;

beforeAll(async () => {
  server = await TestServer.start({ env: { FLOWG_TRANSFER_IDLE_SECONDS: '2' } });
  root = await server.createToken(await server.login());
  backups = await freshBackups();
  archive = await archiveOf(backups);
});
afterAll(() => server.stop());

function verify(bytes: Buffer, token = root, to = server): Promise<Answer> {
  const body = new FormData();
  body.append('backup', new Blob([bytes]), 'any.db');
  return to.request('POST', '/api/v1/backup/verify', { token, body });
}

const workshops = async (of = server) =>
  (await readdir(of.dataDir)).filter((name) => name.startsWith('flowg-verify-'));

/** The head of a large upload and its first bytes, the rest of which does not come. */
function silentUpload(token: string, first: Buffer | string, to = server): RawRequest {
  const request = RawRequest.send(
    to,
    'POST /api/v1/backup/verify HTTP/1.1',
    `Authorization: Bearer pat:${token}`,
    `Content-Type: ${UPLOAD_FORM.type}`,
    `Content-Length: ${10 ** 9}`,
  );
  if (first.length > 0) {
    request.socket.write(UPLOAD_FORM.start);
    request.socket.write(first);
  }
  return request;
}

/** A token of a user with these permissions. */
async function tokenWith(name: string, ...permissions: string[]): Promise<string> {
  return server.createToken(await server.createUser(await server.login(), name, permissions));
}

describe('POST /api/v1/backup/verify', () => {
  it('says of good files what is in them, and neither changes nor keeps anything', async () => {
    const before = await digestsOf(server, root);
    for (const name of NAMES) {
      const { status, body } = await verify(backups[name]);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        success: true,
        kind: 'database',
        restorable: true,
        sha256: sha256(backups[name]),
        databases: { [name]: { restorable: true, failed: null } },
        failed: null,
      });
    }
    const all = await verify(archive);
    expect(all.body).toMatchObject({ kind: 'archive', restorable: true, bytes: archive.length });
    expect(Object.keys(all.body.databases)).toEqual(NAMES);
    expect(await digestsOf(server, root)).toEqual(before);
    expect((await server.ok('GET', '/api/v1/restores', { token: root })).restores).toEqual([]);
    expect(await workshops()).toEqual([]);
  });

  it.each(BAD_FILES)(
    'refuses $what by the check that a restore refuses it by',
    async ({ database, make, check }) => {
      const bytes = await make(backups);
      const { status, body, text } = await verify(bytes);
      expect(status).toBe(200);
      expect(body).toMatchObject({ success: true, restorable: false, failed: { check } });
      const restored = await upload(server, root, database, bytes);
      expect(restored.status).toBe(400);
      expect(restored.body.error).toContain(`"${check}"`);
      expect(restored.body.error).toContain(body.failed.reason);
      expect(text).not.toContain(server.dataDir);
      expect(await workshops()).toEqual([]);
    },
  );

  it('refuses a large bad file before it has come', async () => {
    const request = silentUpload(root, 'hello\n'.repeat(200));
    await request.waitFor(/"restorable":false/);
    expect(request.received).toMatch(/^HTTP\/1.1 200 [^]*\r\nConnection: close\r\n[^]*"check":"header"/);
    await request.closed;
  });

  it.each([
    ['JSON', { json: { backup: 'auth.db' } }, /Content-Type isn't multipart\/form-data/],
    ['nothing', {}, /Content-Type isn't multipart\/form-data/],
    ['a text', { body: textForm() }, /the part "backup" must be a file, but it is the text "auth.db"/],
    ['another part', { body: otherForm() }, /the file came in a part named "file"/],
  ])('refuses a form that is none: %s', async (_what, request, text) => {
    const answer = await server.request('POST', '/api/v1/backup/verify', { token: root, ...request });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatch(text);
  });
});

function textForm(): FormData {
  const form = new FormData();
  form.append('backup', 'auth.db');
  return form;
}

function otherForm(): FormData {
  const form = new FormData();
  form.append('file', new Blob(['x']), 'a.db');
  return form;
}

describe('who may', () => {
  it('is known from what they may back up', async () => {
    const reader = await tokenWith('logs-reader', 'read_streams');
    expect((await verify(backups.logs, reader)).status).toBe(200);
    for (const other of [backups.auth, backups.config, archive]) {
      const { status, body } = await verify(other, reader);
      expect({ status, body }).toEqual({
        status: 403,
        body: { status: 'PERMISSION_DENIED', error: 'permission denied' },
      });
    }
    const some = await tokenWith('some', 'write_pipelines', 'write_transformers', 'write_alerts');
    expect((await verify(backups.config, some)).body.restorable).toBe(true);
    expect((await verify(backups.logs, some)).status).toBe(403);
  });

  it('whoever may back up nothing is refused before a byte of the file', async () => {
    const sender = await tokenWith('sender', 'send_logs', 'read_pipelines');
    const request = silentUpload(sender, '');
    await request.waitFor(/^HTTP\/1.1 403 /);
    request.socket.destroy();
    const nobody = silentUpload('pat_' + 'x'.repeat(32), '');
    await nobody.waitFor(/^HTTP\/1.1 401 /);
    nobody.socket.destroy();
  });
});

describe('what it takes', () => {
  it('is given back when an upload falls silent or is cut', async () => {
    const silent = silentUpload(root, backups.logs.subarray(0, 20_000));
    await expect.poll(() => workshops()).toHaveLength(1);
    await silent.waitFor(/^HTTP\/1.1 408 /);
    await expect.poll(() => workshops()).toEqual([]);
    const cut = silentUpload(root, archive.subarray(0, 60_000));
    await expect.poll(() => workshops()).toHaveLength(1);
    cut.socket.destroy();
    await expect.poll(() => workshops()).toEqual([]);
  });

  it('is bounded: the third at a time is to come again', async () => {
    const others = [1, 2].map(() => silentUpload(root, backups.logs.subarray(0, 20_000)));
    await expect.poll(() => workshops()).toHaveLength(2);
    const { status, body, headers } = await verify(backups.auth);
    expect({ status, error: body.error, after: headers.get('retry-after') }).toEqual({
      status: 503,
      error: '2 checks of backups are running: try again in 10 seconds',
      after: '10',
    });
    for (const { socket } of others) socket.destroy();
    await expect.poll(() => workshops()).toEqual([]);
    expect((await verify(backups.auth)).status).toBe(200);
  });

  it('must fit the disk', async () => {
    const small = await TestServer.start({ env: { FLOWG_DISK_RESERVE_MB: '999999999' } });
    const token = await small.login();
    for (const bytes of [backups.logs, archive]) {
      const { status, body } = await verify(bytes, token, small);
      expect(status).toBe(507);
      expect(body.error).toMatch(/no room for this: \d+ bytes are needed/);
    }
    expect(await workshops(small)).toEqual([]);
    await small.stop();
  });

  it('is gone after the next start when the server was killed', async () => {
    const first = await TestServer.start();
    const token = await first.createToken(await first.login());
    silentUpload(token, archive.subarray(0, 60_000), first);
    await expect.poll(() => workshops(first)).toHaveLength(1);
    await first.kill();
    expect(await workshops(first)).toHaveLength(1);
    const second = await first.restarted();
    expect(await workshops(second)).toEqual([]);
    await second.stop();
    await first.stop();
  });
});
