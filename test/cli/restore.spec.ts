import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buffer } from 'node:stream/consumers';
import { digestsOf, download, NAMES, sha256 } from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';
import { archiveOf, type Backups, withBytes } from '../verify/known-files.js';
import { runCommand } from './command.js';
import { answer, BACKUP_ID, FakeServer, type Handler, send, TOKEN } from './fake-server.js';

let folder: string;
let server: TestServer;
let token: string;
const backups = {} as Backups;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowg-cli-'));
  server = await TestServer.start();
  token = await server.createToken(await server.login());
  for (const name of NAMES) {
    backups[name] = (await download(server, token, name)).bytes;
    await writeFile(join(folder, `${name}.db`), backups[name]);
  }
  await writeFile(join(folder, 'all.tar'), await archiveOf(backups));
  await writeFile(join(folder, 'bad.db'), withBytes(backups.auth, 60, 0, 0, 0, 99));
  await writeFile(join(folder, 'text.db'), 'hello\n'.repeat(200));
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

describe('restore on a real server', () => {
  const run = (...words: string[]) => runCommand(words, { url: server.url, token, cwd: folder });

  it('brings back what was backed up, by name or by what the file is', async () => {
    const before = await digestsOf(server, token);
    await server.ok('PUT', '/api/v1/transformers/new', { token, json: { script: '.' } });
    await server.ok('PUT', '/api/v1/streams/new', { token, json: { config: {} } });
    expect(await digestsOf(server, token)).not.toEqual(before);
    const named = await run('restore', 'logs', 'logs.db', '--json');
    expect(named).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(named.stdout)).toMatchObject({
      success: true,
      database: 'logs',
      sha256: sha256(backups.logs),
    });
    const { code, stdout } = await run('restore', 'config.db');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^restore id: \S+\ndatabase: config\n[^]*\nrows:\n {2}transformers: 0\n {2}pipelines: 1\n/,
    );
    expect(await digestsOf(server, token)).toEqual(before);
    expect((await run('list', 'restores')).stdout).toMatch(/config +succeeded[^]*logs +succeeded/);
  });

  it('brings back all databases together, and takes that back again', async () => {
    const before = await digestsOf(server, token);
    expect((await run('backup', '-o', 'whole.tar')).code).toBe(0);
    await server.ok('PUT', '/api/v1/transformers/newer', { token, json: { script: '.' } });
    const after = await digestsOf(server, token);
    const restored = await run('restore', 'whole.tar', '--confirm-within', '600', '--json');
    expect(restored).toMatchObject({ code: 0, stderr: '' });
    const { restore_id: id } = JSON.parse(restored.stdout);
    expect(await digestsOf(server, token)).toEqual(before);
    expect(await run('confirm', id)).toMatchObject({ code: 0, stdout: expect.stringContaining(id) });
    expect(await run('confirm', id)).toMatchObject({ code: 1 });
    expect(await run('undo', id)).toMatchObject({ code: 0 });
    expect(await digestsOf(server, token)).toEqual(after);
  });

  it('says why the server refuses the file', async () => {
    expect(await run('restore', 'auth', 'bad.db')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^flowg-backup: .*check "version".*schema version 99.*\(status 400\)\n$/),
    });
    const other = await run('restore', 'config', 'logs.db');
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('backup of the logs database') });
  });

  it('sends nothing that is no backup, when it is not told what it is', async () => {
    const { code, stderr } = await run('restore', 'text.db');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'flowg-backup: text.db: this is not a backup: it does not begin as an SQLite database does\n',
    });
  });
});

describe('restore', () => {
  let fake: FakeServer | undefined;
  afterEach(() => fake?.stop());

  const run = async (handlers: Record<string, Handler>, ...words: string[]) => {
    fake = await FakeServer.start(handlers);
    return runCommand(words, { url: fake.url, token: TOKEN, cwd: folder });
  };

  it('sends an archive to the route for all, with everything that was asked for', async () => {
    let form: Buffer | undefined;
    let length: string | undefined;
    const take: Handler = async (request, response) => {
      length = request.headers['content-length'];
      form = await buffer(request);
      send(response, 200, {
        success: true,
        plan: 'p1',
        changes: [{ database: 'auth', users: { added: 2 } }],
        notes: [],
      });
    };
    const words =
      '--dry-run --plan p0 --allow-lockout --confirm-within 60 --keep-newer --merge --only pipelines,alerts';
    const { code, stdout } = await run({ restore: take }, 'restore', 'all.tar', ...words.split(' '));
    expect(code).toBe(0);
    expect(stdout).toBe(
      'plan: p1\nchanges:\n  -\n    database: auth\n    users:\n      added: 2\nnotes: none\n',
    );
    expect(fake!.asked).toEqual([
      'POST /api/v1/restore?dry_run=true&plan=p0&allow_lockout=true&confirm_within=60&keep_newer=true&mode=merge' +
        '&only=pipelines%2Calerts',
    ]);
    const archive = await readFile(join(folder, 'all.tar'));
    expect(form!.includes(archive)).toBe(true);
    expect(form!.toString('latin1', 0, 200)).toMatch(
      /^--(\S+)\r\nContent-Disposition: form-data; name="backup"; filename="all.tar"\r\n/,
    );
    expect(length).toBe(String(form!.length));
  });

  it('asks for nothing that was not asked for', async () => {
    await run({ 'restore/logs': answer(200, { success: true }) }, 'restore', 'logs', 'logs.db');
    expect(fake!.asked).toEqual(['POST /api/v1/restore/logs']);
  });

  it('undoes and confirms', async () => {
    const done = answer(200, { success: true, restore_id: BACKUP_ID, state: 'undone' });
    const handlers = { [`restores/${BACKUP_ID}/undo`]: done, [`restores/${BACKUP_ID}/confirm`]: done };
    const { code, stdout } = await run(handlers, 'undo', BACKUP_ID);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `restore id: ${BACKUP_ID}\nstate: undone\n` });
    await runCommand(['confirm', BACKUP_ID], { url: fake!.url, token: TOKEN });
    expect(fake!.asked).toEqual([
      `POST /api/v1/restores/${BACKUP_ID}/undo`,
      `POST /api/v1/restores/${BACKUP_ID}/confirm`,
    ]);
    expect(await run({}, 'undo', BACKUP_ID)).toMatchObject({ code: 1 });
    expect(await run({}, 'undo', '../../evil')).toMatchObject({ code: 2 });
  });

  it('holds no file in memory, and hears a server that does not want the rest', async () => {
    const large = join(folder, 'large.db');
    await writeFile(large, backups.logs.subarray(0, 4096));
    await truncate(large, 400 * 1024 * 1024);
    let peak = 0;
    const measure = async (request: IncomingMessage) => {
      for await (const _chunk of request) {
        // The whole of it is read.
      }
      peak = peakOfCommand();
    };
    const take: Handler = async (request, response) => {
      await measure(request);
      send(response, 200, { success: true });
    };
    let taken = 0;
    const refuse: Handler = (request, response) => {
      request.on('data', (chunk: Buffer) => (taken += chunk.length));
      request.once('data', () => send(response, 413, { error: 'too much' }));
    };
    expect((await run({ 'restore/logs': take }, 'restore', 'logs', large)).code).toBe(0);
    console.log(`restore of a file of 400 MiB: ${Math.round(peak / 1024)} MiB of memory`);
    expect(peak).toBeGreaterThan(30 * 1024);
    expect(peak).toBeLessThan(200 * 1024);
    await fake!.stop();
    const refused = await run({ 'restore/logs': refuse }, 'restore', 'logs', large);
    expect(refused).toMatchObject({ code: 1, stderr: 'flowg-backup: too much (status 413)\n' });
    expect(taken).toBeLessThan(100 * 1024 * 1024);
    await rm(large);
  });

  it('sends no byte of a file to a server that refuses it by its head', async () => {
    const { ended, received } = await refusedByHead();
    expect(await ended).toMatchObject({ code: 1, stderr: 'flowg-backup: not you (status 403)\n' });
    expect(received()).toMatch(/^POST \/api\/v1\/restore\/logs HTTP\/1.1\r\n[^]*\r\n\r\n$/);
  });

  it.each([
    ['cuts the connection', (request: IncomingMessage) => void request.once('data', () => request.destroy())],
    [
      'falls over',
      (request: IncomingMessage) => void request.resume().on('end', () => request.socket.destroy()),
    ],
  ])('tells how to find out what became of it when the server %s', async (_what, handler) => {
    const { code, stderr } = await run({ 'restore/logs': handler }, 'restore', 'logs.db');
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /connection was cut.*; what became of it is told by: flowg-backup list restores\n$/,
    );
  });
});

/** A server that never says `100 Continue`. */
async function refusedByHead() {
  let text = '';
  const socket = createServer((connection) => {
    connection.on('error', () => undefined);
    connection.on('data', (chunk) => (text += chunk.toString('latin1')));
    connection.once('data', () => {
      const body = '{"error":"not you"}\n';
      connection.end(
        `HTTP/1.1 403 Forbidden\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      );
      socket.close();
    });
  });
  await new Promise<void>((listening) => socket.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(socket.address() as AddressInfo).port}`;
  const ended = runCommand(['restore', 'logs.db'], { url, token: TOKEN, cwd: folder });
  return { ended, received: () => text };
}

/** The most memory that the command has had so far, in KiB: its process is the one that has the file open. */
function peakOfCommand(): number {
  const pids = execFileSync('pgrep', ['-f', 'cli/main.js restore logs .*large.db'], { encoding: 'utf8' });
  const [pid] = pids.trim().split('\n');
  const status = execFileSync('cat', [`/proc/${pid}/status`], { encoding: 'utf8' });
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)![1]);
}
