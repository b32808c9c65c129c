import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NAMES, sha256 } from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';
import { runCommand, startCommand } from './command.js';
import { answer, BACKUP_ID, catalogued, download, FakeServer, type Handler, TOKEN } from './fake-server.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowg-cli-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('backup from a real server', () => {
  let server: TestServer;
  let token: string;
  beforeAll(async () => {
    server = await TestServer.start();
    token = await server.createToken(await server.login());
  });
  afterAll(() => server.stop());

  const run = (...words: string[]) => runCommand(words, { url: server.url, token, cwd: folder });

  it.each([...NAMES, 'all'])('writes what the catalogue has, for its owner only: %s', async (name) => {
    const { code, stdout, stderr } = await run('backup', name, '-o', `${name}.db`, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const bytes = await readFile(join(folder, `${name}.db`));
    const told = JSON.parse(stdout);
    const { backup } = await server.ok('GET', `/api/v1/backups/${told.backup_id}`, { token });
    expect(told).toEqual({
      success: true,
      file: `${name}.db`,
      backup_id: backup.id,
      scope: name,
      bytes: bytes.length,
      sha256: sha256(bytes),
      instant: backup.instant,
    });
    expect(backup).toMatchObject({ database: name, sha256: sha256(bytes) });
    expect((await stat(join(folder, `${name}.db`))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual([`${name}.db`]);
    expect((await run('verify', `${name}.db`)).code).toBe(0);
  });

  it('replaces no file unless it is told to', async () => {
    await writeFile(join(folder, 'auth.db'), 'precious');
    const refused = await run('backup', 'auth', '-o', 'auth.db');
    expect(refused).toEqual({
      code: 4,
      stdout: '',
      stderr: 'flowg-backup: auth.db is there already: choose another name, or use --force\n',
    });
    expect(await readFile(join(folder, 'auth.db'), 'utf8')).toBe('precious');
    expect((await run('backup', 'auth', '-o', 'auth.db', '--force')).code).toBe(0);
    expect((await readFile(join(folder, 'auth.db'))).toString('latin1', 0, 6)).toBe('SQLite');
  });

  it('says why the server refuses: 401, 403', async () => {
    const poor = await server.createUser(await server.login(), 'poor', ['read_acls']);
    const forbidden = await runCommand(['backup', 'logs', '-o', 'logs.db'], {
      url: server.url,
      token: poor,
      cwd: folder,
    });
    expect(forbidden).toMatchObject({ code: 1, stderr: 'flowg-backup: permission denied (status 403)\n' });
    const unknown = await runCommand(['backup', 'logs', '-o', 'logs.db', '--json'], {
      url: server.url,
      token: TOKEN,
      cwd: folder,
    });
    expect(unknown.code).toBe(1);
    expect(JSON.parse(unknown.stdout)).toMatchObject({
      success: false,
      exit_code: 1,
      error: expect.stringContaining('(status 401)'),
      answer: { status: 'UNAUTHENTICATED' },
    });
    expect(unknown.stdout + unknown.stderr).not.toContain(TOKEN);
    expect(await readdir(folder)).toEqual([]);
  });

  it('lists backups, refused ones as well', async () => {
    await run('backup', 'config', '-o', 'config.db');
    const { code, stdout } = await run('list', 'backups', '--limit', '3');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^started at +database +outcome +size +user +id\n20\S+ +config +succeeded +0\.\d MB +root /,
    );
    expect(JSON.parse((await run('list', '--limit', '1', '--json')).stdout).backups).toHaveLength(1);
    expect((await run('list', '--limit', 'many')).stderr).toContain('(status 400)');
  });

  it('fails when the disk is full, and leaves nothing', async () => {
    const { code, stderr } = await runCommand(['backup', 'auth', '-o', 'auth.db'], {
      url: server.url,
      token,
      cwd: folder,
      shell: 'ulimit -f 16',
    });
    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: 'flowg-backup: auth.db.part: the file grew larger than this system allows\n',
    });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('backup on a bad day', () => {
  const bytes = Buffer.alloc(300_000, 'x');
  let fake: FakeServer | undefined;
  afterEach(() => fake?.stop());

  const run = async (handlers: Record<string, Handler>, ...words: string[]) => {
    fake = await FakeServer.start(handlers);
    return runCommand(['backup', ...words], { url: fake.url, token: TOKEN, cwd: folder });
  };
  const entry = `backups/${BACKUP_ID}`;

  it('asks for all databases when none is named', async () => {
    const { code, stdout } = await run(
      { backup: download(bytes), [entry]: catalogued(bytes) },
      '-o',
      'all.tar',
    );
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `all.tar: backup of all as of 2026-01-31T09:30:00.004Z, 0.3 MB, SHA-256 ${sha256(bytes)}\n`,
    });
    expect(fake!.asked).toEqual(['GET /api/v1/backup', `GET /api/v1/${entry}`]);
    expect(fake!.authorization).toBe(`Bearer pat:${TOKEN}`);
    expect(await readFile(join(folder, 'all.tar'))).toEqual(bytes);
  });

  it.each([
    ['cut in the middle', { 'backup/logs': download(bytes, 100_000) }, 3, /connection was cut|aborted/],
    [
      'other bytes than the catalogue has',
      { 'backup/logs': download(bytes), [entry]: catalogued(Buffer.alloc(300_000, 'y')) },
      3,
      /what has come is not what the server sent/,
    ],
    [
      'fewer bytes than the catalogue has',
      { 'backup/logs': download(bytes.subarray(1)), [entry]: catalogued(bytes) },
      3,
      /what has come is not what the server sent/,
    ],
    ['no catalogue', { 'backup/logs': download(bytes) }, 1, /nothing here \(status 404\)/],
    ['a full disk there', { 'backup/logs': answer(507, { error: 'no room' }) }, 1, /no room \(status 507\)/],
    [
      'something in its way',
      { 'backup/logs': answer(409, { error: 'not now' }) },
      1,
      /not now \(status 409\)/,
    ],
    [
      'a stopping server',
      { 'backup/logs': answer(503, { error: 'stopping' }) },
      3,
      /stopping \(status 503\)/,
    ],
  ])('%s: nothing is kept', async (_what, handlers, expected, text) => {
    const { code, stdout, stderr } = await run(handlers, 'logs', '-o', 'logs.db');
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
    expect(stderr).toMatch(text);
    expect(stderr).toMatch(/^flowg-backup: [^\n]+\n$/);
    expect(await readdir(folder)).toEqual([]);
  });

  it('does not replace a file that comes there meanwhile', async () => {
    const late: Handler = async (request, response) => {
      await writeFile(join(folder, 'logs.db'), 'precious');
      await catalogued(bytes)(request, response);
    };
    const { code, stderr } = await run(
      { 'backup/logs': download(bytes), [entry]: late },
      'logs',
      '-o',
      'logs.db',
    );
    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: expect.stringContaining('logs.db is there already'),
    });
    expect(await readdir(folder)).toEqual(['logs.db']);
    expect(await readFile(join(folder, 'logs.db'), 'utf8')).toBe('precious');
  });

  describe('stopped in the middle', () => {
    const endless: Handler = (_request, response) => {
      response.writeHead(200, { 'Content-Length': bytes.length, 'X-Backup-Id': BACKUP_ID });
      response.write(bytes.subarray(0, 100_000));
    };

    async function stoppedBy(signal: NodeJS.Signals) {
      fake = await FakeServer.start({ 'backup/logs': endless });
      const { child, ended } = startCommand(['backup', 'logs', '-o', 'logs.db'], {
        url: fake.url,
        token: TOKEN,
        cwd: folder,
      });
      const arrived = () =>
        stat(join(folder, 'logs.db.part')).then(
          ({ size }) => size,
          () => 0,
        );
      await expect.poll(arrived, { timeout: 20_000 }).toBe(100_000);
      child.kill(signal);
      return ended;
    }

    it('by a person: nothing is left', async () => {
      expect(await stoppedBy('SIGINT')).toMatchObject({ code: 130, stderr: 'flowg-backup: interrupted\n' });
      expect(await readdir(folder)).toEqual([]);
    });

    it('by kill -9: what is left is no backup, and in the way only of the same name', async () => {
      expect((await stoppedBy('SIGKILL')).code).toBe('SIGKILL');
      expect(await readdir(folder)).toEqual(['logs.db.part']);
      await fake!.stop();
      const good = { 'backup/logs': download(bytes), [entry]: catalogued(bytes) };
      const again = await run(good, 'logs', '-o', 'logs.db');
      expect(again).toMatchObject({
        code: 4,
        stderr: expect.stringContaining('logs.db.part is there: another'),
      });
      await fake!.stop();
      expect((await run(good, 'logs', '-o', 'other.db')).code).toBe(0);
      await fake!.stop();
      expect((await run(good, 'logs', '-o', 'logs.db', '--force')).code).toBe(0);
      expect((await readdir(folder)).toSorted()).toEqual(['logs.db', 'other.db']);
    });
  });
});
