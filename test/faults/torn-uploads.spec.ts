import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';
import { upload } from '../support/backup-client.js';
import { openDescriptors } from '../support/descriptors.js';
import { liveDigests, liveFiles, strayDescriptors, strayFiles } from '../support/live-state.js';
import { RawRequest, UPLOAD_FORM } from '../support/raw-request.js';
import { TestServer } from '../support/test-server.js';
import { makeTwoStates, type SavedState } from '../support/two-states.js';

const CONTINUE = /^HTTP\/1.1 100 Continue\r\n\r\n/;
const STEP_BYTES = 4096;
/** After which a restore that still runs counts as one that nobody ends. */
const PATIENCE_MILLISECONDS = 10_000;

let server: TestServer;
let token: string;
let first: SavedState;
let second: SavedState;
let descriptors: number;

beforeAll(async () => {
  server = await TestServer.start();
  token = await server.createToken(await server.login());
  [first, second] = await makeTwoStates(server, token);
  descriptors = await openDescriptors(server.pid);
});
afterAll(() => server.stop());

afterEach(async () => {
  await expect.poll(() => strayFiles(server.dataDir)).toEqual([]);
  await expect.poll(() => strayDescriptors(server.dataDir, server.pid)).toEqual([]);
  // Connections of this process that are kept open, and readers that are opened when first needed.
  await expect.poll(() => openDescriptors(server.pid)).toBeLessThanOrEqual(descriptors + 12);
});

function send(body: Buffer, length = body.length, type = UPLOAD_FORM.type, ...head: string[]): RawRequest {
  const request = RawRequest.send(
    server,
    'POST /api/v1/restore/config HTTP/1.1',
    `Authorization: Bearer pat:${token}`,
    `Content-Type: ${type}`,
    `Content-Length: ${length}`,
    ...head,
  );
  request.socket.write(body);
  return request;
}

const form = (file: Buffer) =>
  Buffer.concat([Buffer.from(UPLOAD_FORM.start), file, Buffer.from(UPLOAD_FORM.end)]);

/** Waits for the end of what the last request began, and tells how it ended. */
async function lastRestore(): Promise<{ outcome: string }> {
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const { restores } = await server.ok('GET', '/api/v1/restores?limit=1', { token });
    if (restores[0].outcome !== 'running' || Date.now() > deadline) return restores[0];
    await sleep(2);
  }
}

/** Every byte of what surrounds the file, and every so many bytes of the file. */
function cutsOf(body: Buffer): number[] {
  const fileEnds = body.length - UPLOAD_FORM.end.length;
  const cuts = new Set<number>();
  for (let at = 0; at <= UPLOAD_FORM.start.length; at++) cuts.add(at);
  for (let at = UPLOAD_FORM.start.length; at < fileEnds; at += STEP_BYTES) cuts.add(at);
  // The last two bytes are those of the line end behind the form, without which it is complete.
  for (let at = fileEnds; at < body.length - 2; at++) cuts.add(at);
  return [...cuts];
}

describe.each([
  ['is ended', (request: RawRequest) => request.socket.end()],
  ['is reset', (request: RawRequest) => request.socket.resetAndDestroy()],
])('a connection that %s', (_how, end) => {
  it(
    'at any byte of the form, and any few kilobytes of the file, changes nothing',
    { timeout: 240_000 },
    async () => {
      const body = form(first.backups.config);
      const outcomes: Record<string, number> = {};
      for (const cut of cutsOf(body)) {
        const request = send(Buffer.alloc(0), body.length, UPLOAD_FORM.type, 'Expect: 100-continue');
        await request.waitFor(CONTINUE);
        request.socket.write(body.subarray(0, cut));
        // It must be on its way before a reset takes it back.
        await sleep(1);
        end(request);
        const answer = (await request.closed).replace(CONTINUE, '');
        if (answer !== '') expect(answer, `cut at ${cut}`).toMatch(/^HTTP\/1.1 4\d\d /);
        const { outcome } = await lastRestore();
        expect(outcome, `cut at ${cut}`).toMatch(/aborted|refused/);
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      }
      console.log(`cut uploads: ${JSON.stringify(outcomes)}`);
      expect(await liveDigests(server.dataDir)).toEqual(second.digests);
    },
  );
});

it('a connection that is cut before the server begins to read does not keep the next restore out', async () => {
  const catalogue = await SqliteConnection.open((await liveFiles(server.dataDir)).backup, 'readwrite');
  await catalogue.exec('BEGIN IMMEDIATE');
  const request = send(form(first.backups.config).subarray(0, 1000), 100_000);
  await sleep(300);
  request.socket.resetAndDestroy();
  await sleep(300);
  await catalogue.exec('ROLLBACK');
  await catalogue.close();
  await expect.poll(async () => (await lastRestore()).outcome).toBe('aborted');
  expect((await upload(server, token, 'config', second.backups.config)).status).toBe(200);
});

/** One part with any head, as bytes. */
function part(head: string, content: Buffer | string = ''): Buffer {
  return Buffer.concat([Buffer.from(`--cut\r\n${head}\r\n\r\n`), Buffer.from(content), Buffer.from('\r\n')]);
}

const END = Buffer.from('--cut--\r\n');
const FILE_HEAD = 'Content-Disposition: form-data; name="backup"; filename="a.db"';

describe('a form that no browser sends', () => {
  const whole = (...parts: Buffer[]) => Buffer.concat([...parts, END]);
  const cases: [what: string, body: () => Buffer, type?: string, head?: string[]][] = [
    ['compressed', () => gzipSync(form(first.backups.config)), UPLOAD_FORM.type, ['Content-Encoding: gzip']],
    [
      'a bomb of zeros',
      () => gzipSync(Buffer.alloc(64 * 1024 * 1024)),
      UPLOAD_FORM.type,
      ['Content-Encoding: gzip'],
    ],
    ['a compressed file', () => whole(part(FILE_HEAD, gzipSync(first.backups.config)))],
    ['a part without a head', () => whole(part('', first.backups.config))],
    [
      'a head without an end',
      () => Buffer.concat([Buffer.from(`--cut\r\n${FILE_HEAD}`), randomBytes(100_000)]),
    ],
    [
      'a very long name',
      () => whole(part(`Content-Disposition: form-data; name="${'b'.repeat(100_000)}"; filename="a"`, 'x')),
    ],
    [
      'a hundred heads',
      () => whole(part(Array.from({ length: 100 }, (_, n) => `X-${n}: y`).join('\r\n'), 'x')),
    ],
    [
      'a form in the form',
      () =>
        whole(
          part(
            'Content-Disposition: form-data; name="backup"\r\nContent-Type: multipart/mixed; boundary=in',
            '--in\r\n\r\nx\r\n--in--',
          ),
        ),
    ],
    [
      'the same text twice',
      () =>
        whole(
          part('Content-Disposition: form-data; name="backup"', 'a'),
          part('Content-Disposition: form-data; name="backup"', 'b'),
        ),
    ],
    [
      'another boundary than it says',
      () => form(first.backups.config),
      'multipart/form-data; boundary=other',
    ],
    ['a boundary of nothing', () => form(first.backups.config), 'multipart/form-data; boundary=""'],
    [
      'a boundary as long as a page',
      () => form(first.backups.config),
      `multipart/form-data; boundary=${'b'.repeat(4096)}`,
    ],
    [
      'a name of the prototype',
      () => whole(part('Content-Disposition: form-data; name="__proto__"; filename="a"', 'x')),
    ],
  ];
  it.each(cases)('%s gets 4xx and changes nothing', async (_what, body, type, head = []) => {
    const bytes = body();
    const request = send(bytes, bytes.length, type, ...head, 'Connection: close');
    const answer = await request.closed;
    expect(answer).toMatch(/^HTTP\/1.1 4\d\d /);
    expect(answer).not.toMatch(/\/flowg-|\bat .*:\d+:\d+/);
    expect(await liveDigests(server.dataDir)).toEqual(second.digests);
  });

  it('a file name that leads elsewhere leads nowhere', async () => {
    const head = 'Content-Disposition: form-data; name="backup"; filename="../../../escaped.db"';
    const body = whole(part(head, first.backups.config));
    expect(await send(body, body.length, undefined, 'Connection: close').closed).toMatch(/^HTTP\/1.1 200 /);
    expect(await liveDigests(server.dataDir)).toEqual({ ...second.digests, config: first.digests.config });
  });
});
