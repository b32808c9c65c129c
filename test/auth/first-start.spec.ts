import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyOfDataFolder } from '#src/auth/secret-key.js';
import { readSettings } from '#src/settings.js';
import { TestServer } from '../support/test-server.js';

let dataDir: string;
let server: TestServer | undefined;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'flowg-test-'));
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  await rm(dataDir, { recursive: true, force: true });
});

const EVERY_INTERFACE = { FLOWG_HTTP_BIND_ADDRESS: '0.0.0.0:0' };
const PRINTED = /^The password of the initial user "(.*)" is (\S+) \(not shown again: change it\)$/m;

describe('the initial user', () => {
  it('is root with the password root on a loopback address, and only the first time', async () => {
    server = await TestServer.start({ dataDir });
    const token = await server.login('root', 'root');
    const { user } = await server.ok('GET', '/api/v1/auth/whoami', { token });
    expect(user).toEqual({ name: 'root', roles: ['admin'] });
    expect(server.log).not.toMatch(PRINTED);

    const json = { roles: ['operators'], password: 'x' };
    await server.ok('PUT', '/api/v1/roles/operators', { token, json: { scopes: ['write_acls'] } });
    await server.ok('PUT', '/api/v1/users/operator', { token, json });
    const operator = await server.login('operator', 'x');
    await server.ok('DELETE', '/api/v1/roles/admin', { token: operator });
    await server.ok('DELETE', '/api/v1/users/root', { token: operator });

    // The login from before the restart counts: the key is in the data folder.
    server = await server.restarted();
    const roles = await server.ok('GET', '/api/v1/roles', { token: operator });
    const users = await server.ok('GET', '/api/v1/users', { token: operator });
    const names = roles.roles.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['backup-operator', 'operators', 'viewer']);
    expect(users.users).toEqual([{ name: 'operator', roles: ['operators'] }]);
  });

  it('has a generated password, printed once, where others can reach the server', async () => {
    server = await TestServer.start({ dataDir, env: EVERY_INTERFACE });
    const [, name, password] = PRINTED.exec(server.log)!;
    expect(name).toBe('root');
    expect(password).toMatch(/^[\w-]{24}$/);
    expect(server.log.split(password!)).toHaveLength(2);
    const json = { username: 'root', password: 'root' };
    expect((await server.request('POST', '/api/v1/auth/login', { json })).status).toBe(401);
    await server.login('root', password);

    server = await server.restarted();
    expect(server.log).not.toMatch(PRINTED);
    await server.login('root', password);
  });

  it('has the name and the password of the settings; their secret key needs no file', async () => {
    const settings = {
      FLOWG_AUTH_INITIAL_USER: 'boss',
      FLOWG_AUTH_INITIAL_PASSWORD: 'given',
      FLOWG_SECRET_KEY: 'sixteen characters and more',
    };
    server = await TestServer.start({ dataDir, env: { ...EVERY_INTERFACE, ...settings } });
    const token = await server.login('boss', 'given');
    const { user } = await server.ok('GET', '/api/v1/auth/whoami', { token });
    expect(user).toEqual({ name: 'boss', roles: ['admin'] });
    expect(server.log).not.toMatch(PRINTED);
    await expect(stat(join(dataDir, 'secret.key'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('must have a name that users may have', () => {
    expect(() => readSettings({ FLOWG_AUTH_INITIAL_USER: 'é'.repeat(128) })).toThrow(
      /^FLOWG_AUTH_INITIAL_USER=.* is not valid: expected at most 255 bytes in UTF-8$/,
    );
  });
});

describe('the secret key of a data folder', () => {
  it('is made once, in a file that nobody else reads', async () => {
    const key = await keyOfDataFolder(dataDir);
    const file = join(dataDir, 'secret.key');
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(await readFile(file, 'utf8')).toBe(`${key}\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await keyOfDataFolder(dataDir)).toBe(key);
  });

  it('is another one on every data folder', async () => {
    const key = await keyOfDataFolder(dataDir);
    await rm(join(dataDir, 'secret.key'));
    expect(await keyOfDataFolder(dataDir)).not.toBe(key);
  });

  it.each(['', 'short\n', 'a'.repeat(43)])('is not read from a damaged file (%j)', async (text) => {
    await writeFile(join(dataDir, 'secret.key'), text);
    await expect(keyOfDataFolder(dataDir)).rejects.toThrow(/is damaged: put the file back, or remove it/);
  });

  it('is not hindered by what a crash left behind', async () => {
    await writeFile(join(dataDir, 'secret.key.new'), 'half a k');
    expect(await keyOfDataFolder(dataDir)).toMatch(/^[\w-]{43}$/);
  });
});
