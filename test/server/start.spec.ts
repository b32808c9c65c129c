import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf, download, ingest, records } from '../support/backup-client.js';
import { makeCertificate } from '../support/certificates.js';
import { liveDigests } from '../support/live-state.js';
import { hasProgram } from '../support/programs.js';
import { TestServer } from '../support/test-server.js';

/** Of a start that must fail: exit code 1, one line that matches, no stack. */
async function expectFailure(server: TestServer, line: RegExp): Promise<void> {
  expect(await server.ended()).toBe(1);
  const lines = server.log.split('\n').filter((one) => one && !/(management|syslog) on /.test(one));
  expect(lines, server.log).toHaveLength(1);
  expect(lines[0]).toMatch(line);
}

describe('a start that cannot be', () => {
  it.each(['HTTP', 'MGMT'])('the port of %s is in use', async (listener) => {
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const { port } = other.address() as { port: number };
    const env = { [`FLOWG_${listener}_BIND_ADDRESS`]: `127.0.0.1:${port}` };
    const server = await TestServer.launch({ env });
    await expectFailure(server, new RegExp(`^cannot start: .*address already in use 127.0.0.1:${port}$`));
    other.close();
    await server.stop();
  });

  it('another server has the data folder, and goes on with its writes and its backups', async () => {
    const first = await TestServer.start();
    const token = await first.login();
    let sent = 0;
    let tried = false;
    const backups: Buffer[] = [];
    const writing = (async () => {
      while (!tried) await ingest(first, token, 1, `record ${sent++}`);
    })();
    const backingUp = (async () => {
      while (!tried) backups.push((await download(first, token, 'logs')).bytes);
    })();
    const second = await TestServer.launch({ dataDir: first.dataDir });
    await expectFailure(
      second,
      new RegExp(
        `^cannot start: the data folder ${first.dataDir} is in use by another server \\(process ${first.pid}\\): .*FLOWG_DATA_DIR$`,
      ),
    );
    tried = true;
    await Promise.all([writing, backingUp]);
    expect(await records(first, token)).toHaveLength(sent);
    expect([sent, backups.length].every((count) => count > 3)).toBe(true);
    for (const backup of backups) await expect(digestOf(backup)).resolves.toBeDefined();
    const { bytes } = await download(first, token, 'logs');
    expect(await digestOf(bytes)).toBe((await liveDigests(first.dataDir)).logs);
    await first.stop();
  });

  it('the data folder is a file', async () => {
    const server = await TestServer.launch({ env: { FLOWG_DATA_DIR: '/etc/passwd' } });
    await expectFailure(server, /^cannot start: .*\/etc\/passwd/);
    await server.stop();
  });
});

describe.skipIf(!hasProgram('openssl'))('TLS', () => {
  let folder: string;
  let files: { cert: string; key: string };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flowg-tls-'));
    files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
    makeCertificate('localhost', files);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const environment = (listener: string, { cert, key }: typeof files) => ({
    [`FLOWG_${listener}_TLS_ENABLED`]: 'true',
    [`FLOWG_${listener}_TLS_CERT`]: cert,
    [`FLOWG_${listener}_TLS_KEY`]: key,
  });

  async function fetchOverTls(url: string): Promise<string> {
    const request = get(url, { rejectUnauthorized: false, agent: false });
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    return text(answer);
  }

  it('works on both ports', async () => {
    const env = { ...environment('HTTP', files), ...environment('MGMT', files) };
    const server = await TestServer.start({ env });
    expect(server.url).toMatch(/^https:/);
    expect(server.managementUrl).toMatch(/^https:/);
    expect(await fetchOverTls(`${server.url}/api/docs/openapi.json`)).toMatch(/^\{"openapi":"3/);
    expect(await fetchOverTls(`${server.managementUrl}/ready`)).toBe('OK\r\n');
    await server.stop();
  });

  it.each([
    ['HTTP', 'nothing.pem', /^cannot start: the TLS certificate \S+\/nothing\.pem .*no such file/],
    ['MGMT', 'broken.pem', /^cannot start: the TLS certificate \S+\/broken\.pem .*cannot be used: /],
  ])('of %s with the certificate %s is one line', async (listener, name, line) => {
    await writeFile(join(folder, 'broken.pem'), 'no certificate');
    const env = environment(listener, { ...files, cert: join(folder, name) });
    const server = await TestServer.launch({ env });
    await expectFailure(server, line);
    await server.stop();
  });
});

it('the data folder is for the user of the server only', async () => {
  const server = await TestServer.start({ shell: 'umask 000' });
  const names = await readdir(server.dataDir, { recursive: true });
  expect(names).toEqual(expect.arrayContaining(['current.json', 'auth/0001.db', 'auth/0001.db-wal']));
  for (const name of names) {
    const file = await stat(join(server.dataDir, name));
    expect([name, (file.mode & 0o777).toString(8)]).toEqual([name, file.isDirectory() ? '700' : '600']);
  }
  await server.stop();
});

it('the pool has 16 threads, so that databases that wait for the disk do not wait for each other', async () => {
  const threadsOf = async (env: Record<string, string>) => {
    const server = await TestServer.start({ env });
    await server.login();
    const { length } = await readdir(`/proc/${server.pid}/task`);
    await server.stop();
    return length;
  };
  const four = await threadsOf({ UV_THREADPOOL_SIZE: '4' });
  expect((await threadsOf({})) - four, 'more than with four').toBe(12);
});
