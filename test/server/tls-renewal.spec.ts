import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../support/certificates.js';
import { metricValue } from '../support/metrics.js';
import { hasProgram } from '../support/programs.js';
import { TestServer } from '../support/test-server.js';

const LISTENERS = ['http', 'management', 'syslog'] as const;
const PREFIXES = { http: 'HTTP', management: 'MGMT', syslog: 'SYSLOG' };
type Listener = (typeof LISTENERS)[number];

/** Days that a certificate of this name is valid for. */
const DAYS = { first: 2, second: 90, third: 30 };
type Name = keyof typeof DAYS;

describe.skipIf(!hasProgram('openssl'))('a renewed certificate', () => {
  let folder: string;
  let server: TestServer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flowg-renewal-'));
    for (const name of Object.keys(DAYS) as Name[]) {
      await mkdir(join(folder, name));
      makeCertificate(name, filesIn(name), DAYS[name]);
    }
    // As Kubernetes mounts a secret: the files are links into `..data`, which is itself a link that is replaced.
    await mkdir(join(folder, 'mount'));
    await pointTo('first');
    await symlink('..data/tls.crt', join(folder, 'mount', 'tls.crt'));
    await symlink('..data/tls.key', join(folder, 'mount', 'tls.key'));
    const env: Record<string, string> = { FLOWG_TLS_RELOAD_SECONDS: '1', FLOWG_SYSLOG_PROTOCOL: 'tcp' };
    for (const prefix of Object.values(PREFIXES)) {
      env[`FLOWG_${prefix}_TLS_ENABLED`] = 'true';
      env[`FLOWG_${prefix}_TLS_CERT`] = join(folder, 'mount', 'tls.crt');
      env[`FLOWG_${prefix}_TLS_KEY`] = join(folder, 'mount', 'tls.key');
    }
    server = await TestServer.start({ env });
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const filesIn = (name: string) => ({
    cert: join(folder, name, 'tls.crt'),
    key: join(folder, name, 'tls.key'),
  });

  async function pointTo(name: string): Promise<void> {
    const link = join(folder, 'mount', '..data_tmp');
    await symlink(join('..', name), link);
    await rename(link, join(folder, 'mount', '..data'));
  }

  function addressOf(listener: Listener): { host: string; port: number } {
    const syslog = /syslog on tcp\+tls (\S+)/.exec(server.log)![1]!;
    const urls = { http: server.url, management: server.managementUrl, syslog: `https://${syslog}` };
    const { hostname, port } = new URL(urls[listener]);
    return { host: hostname, port: Number(port) };
  }

  async function handshake(listener: Listener): Promise<TLSSocket> {
    const socket = connect({ ...addressOf(listener), rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    return socket;
  }

  /** Common name of the certificate that a new connection is shown. */
  async function shown(listener: Listener): Promise<string> {
    const socket = await handshake(listener);
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return subject.CN as string;
  }

  /** The answer to a request on a connection that is open. */
  async function ask(socket: TLSSocket): Promise<string> {
    socket.write('GET /health HTTP/1.1\r\nHost: test\r\n\r\n');
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    return bytes.toString();
  }

  async function metrics(): Promise<string> {
    const socket = await handshake('management');
    socket.write('GET /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    return text;
  }

  async function expiry(listener: Listener): Promise<number> {
    const value = metricValue(await metrics(), 'flowg_tls_certificate_expiry_timestamp_seconds', {
      listener,
    });
    return value!;
  }

  const endOf = async (name: Name) =>
    Date.parse(new X509Certificate(await readFile(filesIn(name).cert)).validTo) / 1000;

  it('is shown to whoever connects from then on, and takes nothing from who is connected', async () => {
    const before = await handshake('management');
    expect(await ask(before)).toMatch(/^HTTP\/1.1 200/);
    for (const listener of LISTENERS) {
      expect(await shown(listener)).toBe('first');
      expect(await expiry(listener)).toBe(await endOf('first'));
    }

    await pointTo('second');
    for (const listener of LISTENERS) {
      await server.waitFor(new RegExp(`the renewed certificate of ${listener} is in use, valid until 20`));
      expect(await shown(listener)).toBe('second');
      expect(await expiry(listener)).toBe(await endOf('second'));
    }
    expect(await ask(before), 'the connection of before').toMatch(/^HTTP\/1.1 200/);
    before.destroy();
  });

  it.each<[string, (bad: { cert: string; key: string }) => Promise<void>]>([
    ['a key of another certificate', async ({ key }) => writeFile(key, await readFile(filesIn('first').key))],
    ['half a file', async ({ cert }) => writeFile(cert, (await readFile(cert)).subarray(0, 300))],
    ['no key', ({ key }) => rm(key)],
  ])(
    'with %s is refused once, with its reason; the old one stays until a good one comes',
    async (_what, spoil) => {
      await rm(join(folder, 'bad'), { recursive: true, force: true });
      await mkdir(join(folder, 'bad'));
      for (const file of ['cert', 'key'] as const)
        await writeFile(filesIn('bad')[file], await readFile(filesIn('second')[file]));
      await spoil(filesIn('bad'));

      const good = (await shown('http')) as Name;
      const told = server.log.length;
      const toldSince = () => server.log.slice(told);

      await pointTo('bad');
      for (const listener of LISTENERS) {
        const refusal = new RegExp(`the renewed files of ${listener} are refused, .*cannot be used: `);
        await expect.poll(toldSince, { timeout: 10_000 }).toMatch(refusal);
        expect(await shown(listener)).toBe(good);
        expect(await expiry(listener)).toBe(await endOf(good));
      }
      // At least one more look.
      await new Promise((done) => setTimeout(done, 1500));
      expect(toldSince().match(/the renewed files of http are refused/g)).toHaveLength(1);

      const next = good === 'third' ? 'second' : 'third';
      await pointTo(next);
      for (const listener of LISTENERS) {
        await expect.poll(toldSince, { timeout: 10_000 }).toContain(`certificate of ${listener} is in use`);
        expect(await shown(listener)).toBe(next);
      }
    },
  );
});
