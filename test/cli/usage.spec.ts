import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from './command.js';
import { answer, FakeServer, TOKEN } from './fake-server.js';

let folder: string;
let fake: FakeServer;
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJyb290In0.c2lnbmF0dXJl';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowg-cli-'));
  fake = await FakeServer.start({ backups: answer(200, { success: true, backups: [] }) });
});
afterAll(async () => {
  await fake.stop();
  await rm(folder, { recursive: true });
});

describe('wrong usage', () => {
  it.each([
    [[], /say what to do/],
    [['nonsense'], /unknown command 'nonsense'/],
    [['verify'], /missing required argument 'file'/],
    [['backup', 'auth'], /required option '-o, --output <file>'/],
    [['backup', 'all', 'more', '-o', 'x'], /too many arguments/],
    [['backup', 'everything', '-o', 'x'], /Allowed choices are auth, config, logs, all/],
    [['list', '--token', TOKEN], /unknown option '--token'/],
    [['restore', 'one', 'two'], /"one" is none of auth, config, logs, all/],
    [['list', '--url', 'ftp://example.org'], /"ftp:\/\/example.org" is not the URL of a server/],
    [
      ['list', '--url', 'localhost:5080'],
      /is not the URL of a server: it looks like http:\/\/localhost:5080/,
    ],
    [['undo', 'yesterday'], /"yesterday" is not the id of a restore/],
  ])('%j ends with 2 and one line', async (words, text) => {
    const { code, stdout, stderr } = await runCommand(words, { token: TOKEN });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^flowg-backup: [^\n]+\n$/);
    expect(stderr).toMatch(text);
    const json = await runCommand([...words, '--json'], { token: TOKEN });
    expect(json.code).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({
      success: false,
      exit_code: 2,
      error: expect.any(String),
    });
  });

  it('is not what help is', async () => {
    const { code, stdout } = await runCommand(['--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Exit codes: 0 done;');
    expect((await runCommand(['restore', '--help'])).stdout).toContain('[auth|config|logs|all] <file>');
  });
});

describe('a token', () => {
  const list = (...words: string[]) => runCommand(['list', ...words], { url: fake.url });

  it('comes from the environment or a file, of either kind', async () => {
    const file = join(folder, 'token');
    for (const [token, header] of [
      [TOKEN, `Bearer pat:${TOKEN}`],
      [JWT, `Bearer jwt:${JWT}`],
      [`pat:${TOKEN}`, `Bearer pat:${TOKEN}`],
    ] as const) {
      await writeFile(file, `${token}\n`);
      expect((await list('--token-file', file)).code).toBe(0);
      expect(fake.authorization).toBe(header);
      fake.authorization = undefined;
      expect((await runCommand(['list'], { url: fake.url, token })).code).toBe(0);
      expect(fake.authorization).toBe(header);
    }
  });

  it('that is missing or is none is told, without showing it', async () => {
    expect(await list()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no token: put one'),
    });
    await writeFile(join(folder, 'empty'), '\n');
    expect(await list('--token-file', join(folder, 'empty'))).toMatchObject({ code: 2 });
    expect(await list('--token-file', join(folder, 'nowhere'))).toMatchObject({ code: 4 });
    const odd = await runCommand(['list'], { url: fake.url, token: 'secret password' });
    expect(odd).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('neither a Personal Access Token'),
    });
    expect(odd.stderr).not.toContain('secret');
  });
});

describe('a server', () => {
  it('that is not there, or is something else, is told from one that refuses', async () => {
    const free = await FakeServer.start({});
    const { port } = new URL(free.url);
    await free.stop();
    const away = await runCommand(['list'], { url: `http://127.0.0.1:${port}`, token: TOKEN });
    expect(away).toEqual({
      code: 3,
      stdout: '',
      stderr: `flowg-backup: http://127.0.0.1:${port}: nobody listens there: is the server running?\n`,
    });
    const page = createServer((_request, response) => response.writeHead(502).end('<html>'));
    await new Promise<void>((listening) => page.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}/prefix`;
    const proxy = await runCommand(['list'], { url, token: TOKEN });
    expect(proxy).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(`${url}/ answers with status 502`),
    });
    await new Promise((closed) => page.close(closed));
    expect(await runCommand(['list', 'restores'], { url: fake.url, token: TOKEN })).toMatchObject({
      code: 1,
    });
  });
});
