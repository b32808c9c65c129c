import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Digests, digestsOf, download, ingest, upload } from '../support/backup-client.js';
import { openDescriptors } from '../support/descriptors.js';
import { TestServer } from '../support/test-server.js';

let server: TestServer;
let root: string;
let good: Buffer;
let before: Digests;

beforeAll(async () => {
  server = await TestServer.start({ env: { FLOWG_TRANSFER_IDLE_SECONDS: '2' } });
  root = await server.createToken(await server.login());
  await ingest(server, root, 50);
  good = (await download(server, root, 'auth')).bytes;
  before = await digestsOf(server, root);
});

afterAll(() => server.stop());

afterEach(async () => {
  expect(await digestsOf(server, root), 'nothing was changed').toEqual(before);
  const unfinished = async () =>
    (await readdir(join(server.dataDir, 'auth'))).filter((name) => name.endsWith('.part'));
  await expect.poll(unfinished).toEqual([]);
});

function part(name: string, content: Buffer | string, filename?: string): Buffer {
  const disposition = `form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}`;
  return Buffer.concat([
    Buffer.from(`--cut\r\nContent-Disposition: ${disposition}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
}

function form(...parts: Buffer[]): { body: Uint8Array<ArrayBuffer>; headers: Record<string, string> } {
  const body = new Uint8Array(Buffer.concat([...parts, Buffer.from('--cut--\r\n')]));
  return { body, headers: { 'Content-Type': 'multipart/form-data; boundary=cut' } };
}

describe('a form that is not right gets 400 and its own sentence', () => {
  const cases: [what: string, request: () => object, text: RegExp][] = [
    [
      "text instead of a file, as in the reference's guide",
      () => form(part('backup', 'auth.db')),
      /the part "backup" must be a file, but it is the text "auth.db": .*--form backup=@auth.db/,
    ],
    ['no part', () => form(), /the form has no part "backup"|the form cannot be read/],
    ['another text part', () => form(part('note', 'hello')), /the form has no part "backup"/],
    ['the wrong name', () => form(part('file', good, 'a.db')), /in a part named "file": name it "backup"/],
    [
      'two files',
      () => form(part('backup', good, 'a.db'), part('backup', good, 'b.db')),
      /more than one file in part "backup"/,
    ],
    ['an empty file', () => form(part('backup', '', 'a.db')), /the file in part "backup" is empty/],
    ['JSON', () => ({ json: { backup: 'auth.db' } }), /Content-Type isn't multipart\/form-data/],
    ['nothing at all', () => ({}), /Content-Type isn't multipart\/form-data/],
    [
      'raw bytes',
      () => ({ body: new Uint8Array(good), headers: { 'Content-Type': 'application/octet-stream' } }),
      /Content-Type isn't multipart\/form-data/,
    ],
    [
      'a form without a boundary',
      () => ({ body: 'x', headers: { 'Content-Type': 'multipart/form-data' } }),
      /the form cannot be read/,
    ],
    [
      'a form that ends too early',
      () => ({ ...form(), body: new Uint8Array(part('backup', good, 'a.db')) }),
      /the form cannot be read/,
    ],
    [
      'a thousand parts',
      () => form(...Array.from({ length: 1000 }, (_, index) => part(`p${index}`, 'x'))),
      /more than the one part "backup"/,
    ],
  ];
  it.each(cases)('%s', async (_what, request, text) => {
    const answer = await server.request('POST', '/api/v1/restore/auth', { token: root, ...request() });
    expect(answer.status, answer.text).toBe(400);
    expect(answer.body.status).toBe('INVALID_ARGUMENT');
    expect(answer.body.error).toMatch(text);
  });
});

describe('a file that is not a sound backup gets 400 and the check that it failed', () => {
  const cases: [what: string, bytes: () => Buffer | Promise<Buffer>, text: RegExp][] = [
    ['random bytes', () => randomBytes(100_000), /check "header".*does not begin as an SQLite database/],
    ['text', () => Buffer.from('auth.db'), /check "header"/],
    ['a cut file', () => good.subarray(0, good.length - 5000), /check "size".*cut short/],
    ['a longer file', () => Buffer.concat([good, Buffer.alloc(10_000)]), /check "size".*followed by/],
    [
      'the backup of another database',
      async () => (await download(server, root, 'logs')).bytes,
      /check "kind".*backup of the logs database, not of auth/,
    ],
    [
      'a flipped bit in the structure',
      () => {
        const bytes = Buffer.from(good);
        bytes[4096 + 3]! ^= 0x40;
        return bytes;
      },
      /check "(structure|schema)"/,
    ],
    [
      'a newer schema',
      () => {
        const bytes = Buffer.from(good);
        bytes.writeUInt32BE(99, 60);
        return bytes;
      },
      /check "version".*schema version 99/,
    ],
  ];
  it.each(cases)('%s', async (_what, bytes, text) => {
    const answer = await upload(server, root, 'auth', await bytes());
    expect(answer.status, answer.text).toBe(400);
    expect(answer.body.error).toMatch(text);
    expect(answer.body.error).toContain('Nothing was changed');
    expect(answer.text).not.toContain(server.dataDir);
    const { restores } = await server.ok('GET', '/api/v1/restores?limit=1', { token: root });
    expect(restores[0]).toMatchObject({ database: 'auth', outcome: 'refused', error: answer.body.error });
  });

  it('a large wrong file is refused before it has been received', async () => {
    const answer = await rawUpload(1024 * 1024 * 1024, [Buffer.alloc(300_000, 'x')]);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain('does not begin as an SQLite database');
  });
});

/** Sends the beginning of an upload that promises to be long, and gives the answer, or '' if there was none. */
function rawUpload(promised: number, chunks: Buffer[], thenClose = false): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('error', (error: NodeJS.ErrnoException) =>
      ['ECONNRESET', 'EPIPE'].includes(error.code ?? '') ? undefined : reject(error),
    );
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.write(
      `POST /api/v1/restore/auth HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer pat:${root}\r\n` +
        `Content-Type: multipart/form-data; boundary=cut\r\nContent-Length: ${promised}\r\n\r\n`,
    );
    socket.write(part('backup', '', 'a.db').subarray(0, -2));
    for (const chunk of chunks) socket.write(chunk);
    if (thenClose) setTimeout(() => socket.destroy(), 100);
  });
}

describe('a connection', () => {
  it('that is cut in the middle of an upload leaves nothing behind', async () => {
    await upload(server, root, 'auth', good.subarray(0, 3));
    await expect.poll(() => openDescriptors(server.pid)).toBeGreaterThan(0);
    const descriptors = await openDescriptors(server.pid);
    for (let cut = 1; cut <= 12; cut++) {
      await rawUpload(good.length + 1000, [good.subarray(0, (good.length / 13) * cut)], true);
    }
    await expect
      .poll(() => openDescriptors(server.pid), { timeout: 10_000 })
      .toBeLessThanOrEqual(descriptors);
    const errors = async () => {
      const { restores } = await server.ok('GET', '/api/v1/restores?limit=12', { token: root });
      return new Set(restores.map((restore: { error: string }) => restore.error));
    };
    await expect.poll(errors).toEqual(new Set(['the client closed the connection']));
  });

  it('that falls silent in the middle of an upload is given up', async () => {
    const answer = await rawUpload(good.length + 1000, [good.subarray(0, 5000)]);
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(answer).toContain('no byte of the upload arrived for 2 seconds');
  });

  it('that falls silent behind the whole file, before the form has ended, leaves nothing behind', async () => {
    const next = '\r\n--cut\r\nContent-Disposition: form-data; name="note"\r\n\r\nhel';
    const answer = await rawUpload(good.length + 1000, [good, Buffer.from(next)]);
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
  });
});

describe('two restores of one database', () => {
  it('the second is told what is running since when, without being read', async () => {
    const slow = rawUpload(good.length + 1000, [good.subarray(0, 5000)]);
    await new Promise((done) => setTimeout(done, 200));
    const answer = await upload(server, root, 'auth', good);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ status: 'CONFLICT' });
    expect(answer.body.error).toMatch(/a restore of auth is running since \d{4}-.*Z: try again/);
    expect((await upload(server, root, 'config', good)).status, 'another database is free').toBe(400);
    await slow;
    expect((await upload(server, root, 'auth', good)).status).toBe(200);
  });
});
