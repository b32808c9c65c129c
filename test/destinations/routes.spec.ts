import { mkdir, mkdtemp, readdir, rm, rmdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BadWeather } from '../support/bad-weather.js';
import { metricValue } from '../support/metrics.js';
import { S3Server } from '../support/s3-server.js';
import { TestServer } from '../support/test-server.js';

/** Destinations of a real server: its settings, its routes, what it says of them. */

let folder: string;
let s3: S3Server;
let proxy: BadWeather;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowg-nas-'));
  s3 = await S3Server.start();
  proxy = await BadWeather.before(s3.url);
});
afterAll(async () => {
  await proxy.stop();
  await s3.stop();
  await rm(folder, { recursive: true });
});

const setting = (destinations: unknown) => ({ FLOWG_BACKUP_DESTINATIONS: JSON.stringify(destinations) });

describe('a server with two destinations', () => {
  let server: TestServer;
  let root: string;

  beforeAll(async () => {
    const destinations = {
      offsite: s3.settings({ endpoint: proxy.url }),
      nas: { type: 'folder', path: folder },
    };
    server = await TestServer.start({ env: { ...setting(destinations), FLOWG_TRANSFER_IDLE_SECONDS: '2' } });
    root = await server.login();
  });
  afterAll(() => server.stop());

  const check = (name: string, token = root) =>
    server.request('POST', `/api/v1/backup-destinations/${name}/check`, { token });

  it('lists their names and kinds, and nothing of where they are', async () => {
    expect(await server.ok('GET', '/api/v1/backup-destinations', { token: root })).toEqual({
      success: true,
      destinations: [
        { name: 'nas', kind: 'folder' },
        { name: 'offsite', kind: 's3' },
      ],
    });
  });

  it('shows and checks them for whoever may back up something, and for nobody else', async () => {
    const viewer = await server.createUser(root, 'viewer', ['read_streams']);
    const other = await server.createUser(root, 'other', ['send_logs', 'read_pipelines', 'read_alerts']);
    const list = async (token: string) =>
      (await server.ok('GET', '/api/v1/backup-destinations', { token })).destinations.length;
    expect(await list(viewer)).toBe(2);
    expect(await list(other)).toBe(0);
    expect((await check('nas', viewer)).body).toEqual({ success: true });
    proxy.requests.length = 0;
    expect((await check('offsite', other)).status).toBe(404);
    expect(proxy.requests).toEqual([]);
  });

  it('checks a folder by writing to it, and leaves nothing there', async () => {
    const written = async () => {
      const metrics = await (await fetch(`${server.managementUrl}/metrics`)).text();
      return metricValue(metrics, 'flowg_backup_destination_bytes_total', { destination: 'nas' })!;
    };
    const before = await written();
    expect((await check('nas')).body).toEqual({ success: true });
    expect(await readdir(folder)).toEqual([]);
    expect(await written()).toBeGreaterThan(before);
  });

  it('checks a bucket', async () => {
    proxy.requests.length = 0;
    expect((await check('offsite')).body).toEqual({ success: true });
    expect(proxy.requests.map((request) => request.split(' ')[0])).toEqual([
      'PUT',
      'HEAD',
      'GET',
      'GET',
      'DELETE',
    ]);
  });

  it('says 404 of a destination that there is not', async () => {
    expect((await check('nowhere')).body).toEqual({
      status: 'NOT_FOUND',
      error: 'not found: there is no destination "nowhere"; GET /api/v1/backup-destinations lists them',
    });
  });

  it('says 502, what is wrong, and neither path, address nor keys, when a destination fails', async () => {
    await rmdir(folder);
    const missing = await check('nas');
    await mkdir(folder);
    expect(missing.status).toBe(502);
    expect(missing.body).toEqual({
      status: 'BAD_GATEWAY',
      error:
        'the destination "nas" has no folder any more: mount it, or make the folder; the server does not make it',
    });
    proxy.weather = () => ({ answer: 403, code: 'InvalidAccessKeyId' });
    const denied = await check('offsite');
    proxy.weather = () => 'silent';
    const silent = await check('offsite');
    proxy.weather = () => 'fair';
    for (const answer of [denied, silent]) {
      expect(answer.status).toBe(502);
      expect(answer.text).not.toMatch(/S3RVER|127\.0\.0\.1|flowg-s3|backups/);
    }
    expect(denied.body.error).toContain('refused the keys');
    expect(silent.body.error).toContain('for 2 seconds');
    expect((await check('offsite')).status).toBe(200);
    expect(server.log).not.toMatch(/S3RVER|AWS4-HMAC/);
    expect(server.log).toContain('check of "offsite" by "root" from 127.0.0.1: ready');
  });

  it('does one check of a destination at a time, for all who ask', async () => {
    proxy.requests.length = 0;
    const answers = await Promise.all(Array.from({ length: 20 }, () => check('offsite')));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(proxy.requests.length).toBeLessThan(20 * 5);
  });

  it('does not wait at its stop for a destination that does not answer', async () => {
    const other = await TestServer.start({
      env: { ...setting({ offsite: s3.settings({ endpoint: proxy.url }) }), FLOWG_SHUTDOWN_SECONDS: '60' },
    });
    const token = await other.login();
    proxy.weather = () => 'silent';
    proxy.requests.length = 0;
    const pending = other
      .request('POST', '/api/v1/backup-destinations/offsite/check', { token })
      .catch(() => {});
    await expect.poll(() => proxy.requests.length).toBeGreaterThan(0);
    const before = Date.now();
    await other.stop();
    expect(Date.now() - before).toBeLessThan(10_000);
    await pending;
    proxy.weather = () => 'fair';
  });
});

describe('at the start', () => {
  it('a folder that is missing is a warning without its path', async () => {
    const server = await TestServer.start({
      env: setting({ nas: { type: 'folder', path: join(folder, 'not-mounted') } }),
    });
    expect(server.log).toMatch(/WARN \[Destinations\] the destination "nas" has no folder any more/);
    expect(server.log).not.toContain('not-mounted');
    await server.stop();
  });

  it('a bucket is not asked, and its SDK not loaded', async () => {
    proxy.requests.length = 0;
    const server = await TestServer.start({
      env: setting({ offsite: s3.settings({ endpoint: proxy.url }) }),
    });
    await server.ok('GET', '/api/v1/backup-destinations', { token: await server.login() });
    expect(proxy.requests).toEqual([]);
    await server.stop();
  });

  it.each([
    ['the data folder', '.', ''],
    ['the folder of a database', 'logs', ''],
    ['a folder in it', 'auth', 'backups'],
    ['a link to it', 'link', ''],
  ])('a destination in %s stops it', async (_title, directory, below) => {
    const data = await mkdtemp(join(tmpdir(), 'flowg-test-'));
    await mkdir(join(data, 'config'));
    await symlink(join(data, 'config'), join(data, 'link'));
    const path = join(data, directory, below);
    const server = await TestServer.launch({
      dataDir: data,
      env: setting({ nas: { type: 'folder', path } }),
    });
    expect(await server.ended()).toBe(1);
    expect(server.log).toContain(
      'FLOWG_BACKUP_DESTINATIONS is not valid: the folder of "nas" is one in which the server keeps its databases',
    );
    await rm(data, { recursive: true });
  });

  it('a bad setting stops it with one line that has no value in it', async () => {
    const keys = { ...s3.settings(), secret_access_key: 'a-secret-in-the-wrong-place' };
    const server = await TestServer.launch({ env: setting({ offsite: keys }) });
    expect(await server.ended()).toBe(1);
    expect(server.log).toMatch(
      /^FLOWG_BACKUP_DESTINATIONS=\(a secret\) is not valid: expected JSON in which .*\n$/,
    );
    expect(server.log).not.toContain('wrong-place');
    await server.stop();
  });
});

it('a server that was told of a bucket has keys in files that may come later', async () => {
  const later = join(folder, 'later');
  const settings = s3.settings({ access_key_id_file: later, secret_access_key_file: later });
  const server = await TestServer.start({ env: setting({ offsite: settings }) });
  const token = await server.login();
  const check = () => server.request('POST', '/api/v1/backup-destinations/offsite/check', { token });
  expect((await check()).body.error).toContain('the files with the keys of the destination "offsite"');
  await writeFile(later, 'S3RVER');
  expect((await check()).status).toBe(200);
  await server.stop();
});
