import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf, download, ingest, NAMES, upload } from '../support/backup-client.js';
import { RawRequest, UPLOAD_FORM } from '../support/raw-request.js';
import { TestServer } from '../support/test-server.js';

/** An upload of which only the beginning is sent. */
async function beginUpload(server: TestServer, token: string, bytes: Buffer): Promise<RawRequest> {
  const { type, start, end } = UPLOAD_FORM;
  const request = RawRequest.send(
    server,
    'POST /api/v1/restore/auth HTTP/1.1',
    `Authorization: Bearer jwt:${token}`,
    `Content-Type: ${type}`,
    `Content-Length: ${start.length + bytes.length + end.length}`,
  );
  request.socket.write(start);
  request.socket.write(bytes.subarray(0, 5000));
  await expect.poll(async () => (await readdir(join(server.dataDir, 'auth'))).join()).toContain('.part');
  return request;
}

async function beginIngest(server: TestServer, token: string, body: string): Promise<RawRequest> {
  const request = RawRequest.send(
    server,
    'POST /api/v1/pipelines/default/logs HTTP/1.1',
    `Authorization: Bearer jwt:${token}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Expect: 100-continue',
  );
  await request.waitFor(/100 Continue/);
  request.socket.write(body.slice(0, 5));
  return request;
}

describe('a stop', () => {
  it('finishes what is under way, takes nothing new, and leaves files that are backups', async () => {
    const server = await TestServer.start({ env: { FLOWG_SHUTDOWN_SECONDS: '20' } });
    const token = await server.login();
    await ingest(server, token, 20);
    const { bytes } = await download(server, token, 'auth');
    const { managementUrl } = server;
    const restore = await beginUpload(server, token, bytes);
    const body = JSON.stringify({ record: { message: 'the last one' } });
    const log = await beginIngest(server, token, body);

    process.kill(server.pid, 'SIGTERM');
    await server.waitFor(/SIGTERM: finishing what is under way/);
    await expect.poll(async () => (await fetch(`${managementUrl}/ready`)).status).toBe(503);
    expect(await (await fetch(`${managementUrl}/ready`)).text()).toBe('the server is stopping\r\n');
    expect((await fetch(`${managementUrl}/health`)).status).toBe(200);
    await expect
      .poll(() =>
        server.request('GET', '/api/docs').then(
          () => 'answers',
          () => 'refused',
        ),
      )
      .toBe('refused');
    expect(server.exited).toBe(false);

    log.socket.write(body.slice(5));
    restore.socket.write(bytes.subarray(5000));
    restore.socket.write(UPLOAD_FORM.end);
    await log.waitFor(/HTTP\/1\.1 200 OK[^]*\{"success":true\}/);
    await restore.waitFor(/^HTTP\/1\.1 200 OK[^]*"success":true/);
    const started = Date.now();
    expect(await server.ended()).toBe(0);
    expect(Date.now() - started, 'does not wait for connections that only stay open').toBeLessThan(4000);

    await expectAtRest(server);
    await expectRestorable(server);
    await server.stop();
  });

  it('cuts what does not end in time, and changes nothing by it', async () => {
    const server = await TestServer.start({ env: { FLOWG_SHUTDOWN_SECONDS: '1' } });
    const token = await server.login();
    const { bytes } = await download(server, token, 'auth');
    const restore = await beginUpload(server, token, bytes);
    process.kill(server.pid, 'SIGTERM');
    expect(await server.ended(10)).toBe(0);
    expect(await restore.closed).not.toContain('HTTP/1.1 200');
    await expectAtRest(server);
    const current = JSON.parse(await readFile(join(server.dataDir, 'current.json'), 'utf8'));
    expect(current.live).toEqual({ auth: 1, config: 1, logs: 1, backup: 1 });

    const next = await server.restarted();
    const { restores } = await next.ok('GET', '/api/v1/restores', { token: await next.login() });
    expect(restores[0].outcome).toMatch(/aborted|interrupted/);
    await next.stop();
    await server.stop();
  });
});

/** Nothing is left in a write-ahead log, nor half received. */
async function expectAtRest(server: TestServer): Promise<void> {
  for (const name of await readdir(server.dataDir, { recursive: true })) {
    expect(name).not.toMatch(/\.part$/);
    if (name.endsWith('-wal')) expect((await stat(join(server.dataDir, name))).size, name).toBe(0);
  }
}

/** The files of a stopped server, restored as they lie into a new one. */
async function expectRestorable(stopped: TestServer): Promise<void> {
  const server = await TestServer.start();
  const token = await server.login();
  const { live } = JSON.parse(await readFile(join(stopped.dataDir, 'current.json'), 'utf8'));
  for (const name of NAMES.toReversed()) {
    const file = join(stopped.dataDir, name, `${String(live[name]).padStart(4, '0')}.db`);
    const bytes = await readFile(file);
    const answer = await upload(server, token, name, bytes, name === 'auth' ? '?allow_lockout=true' : '');
    expect(answer.status, answer.text).toBe(200);
    const restored = (await download(server, await server.login(), name)).bytes;
    expect(await digestOf(restored), name).toBe(await digestOf(bytes));
  }
  const { records } = await server.ok(
    'GET',
    '/api/v1/streams/default/logs?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z',
    { token: await server.login() },
  );
  expect(records).toHaveLength(21);
  await server.stop();
}
