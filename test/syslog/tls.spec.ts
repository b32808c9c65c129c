import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasProgram } from '../support/programs.js';
import { captureLog, closed, growth, SyslogHarness } from './syslog-harness.js';

let folder: string;
let harness: SyslogHarness | undefined;
const file = (name: string) => join(folder, name);
const pair = (name: string) => ({
  cert: readFileSync(file(`${name}.pem`)),
  key: readFileSync(file(`${name}.key`)),
});

function openssl(...options: string[]): void {
  execFileSync('openssl', options, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function makeAuthority(name: string): void {
  const files = ['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)];
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`, ...files);
}

function makeCertificate(name: string, authority: string, subject = `/CN=${name}`): void {
  const files = ['-keyout', file(`${name}.key`), '-out', file(`${name}.csr`)];
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', subject, ...files);
  writeFileSync(file('san.ext'), 'subjectAltName=IP:127.0.0.1');
  const signer = ['-CA', file(`${authority}.pem`), '-CAkey', file(`${authority}.key`), '-CAcreateserial'];
  const result = ['-in', file(`${name}.csr`), '-out', file(`${name}.pem`), '-extfile', file('san.ext')];
  openssl('x509', '-req', '-days', '2', ...signer, ...result);
}

async function start(env: Record<string, string> = {}): Promise<SyslogHarness> {
  harness = await SyslogHarness.start({
    FLOWG_SYSLOG_PROTOCOL: 'tcp',
    FLOWG_SYSLOG_TLS_ENABLED: 'true',
    FLOWG_SYSLOG_TLS_CERT: file('server.pem'),
    FLOWG_SYSLOG_TLS_KEY: file('server.key'),
    ...env,
  });
  return harness;
}

const requireClients = () => ({ FLOWG_SYSLOG_TLS_AUTH: 'true', FLOWG_SYSLOG_TLS_CA: file('authority.pem') });

/** Connects, sends one message, and waits until the connection ends. @returns whether it came to a handshake. */
async function send(text: string, options: ConnectionOptions = {}): Promise<boolean> {
  const trust = { ca: readFileSync(file('authority.pem')) };
  const socket: TLSSocket = connect({ host: '127.0.0.1', port: harness!.port, ...trust, ...options });
  let secured = false;
  socket.on('secureConnect', () => {
    secured = true;
    socket.end(`${text}\n`);
  });
  await closed(socket);
  return secured;
}

describe.skipIf(!hasProgram('openssl'))('TLS', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'flowg-syslog-tls-'));
    makeAuthority('authority');
    makeAuthority('stranger');
    makeCertificate('server', 'authority');
    makeCertificate('client one', 'authority');
    makeCertificate('two names', 'authority', '/CN=first/CN=second');
    makeCertificate('no name', 'authority', '/O=somebody');
    makeCertificate('impostor', 'stranger', '/CN=client one');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(async () => {
    await harness?.stop();
    harness = undefined;
  });

  it('is said in the log, and carries messages without a client certificate', async () => {
    const log = captureLog();
    const { port, sink } = await start();
    log.release();
    expect(log.lines).toEqual([`syslog on tcp+tls 127.0.0.1:${port}`]);
    expect(await send('<1>a')).toBe(true);
    expect(await send('4 <1>b', pair('client one'))).toBe(true);
    const records = await sink.waitFor(2);
    expect(sink.texts).toEqual(['a', 'b']);
    for (const record of records) expect(record).toMatchObject({ tls_peer: '', hostname: '127.0.0.1' });
  });

  it.each([
    ['client one', 'client one'],
    ['two names', 'first'],
    ['no name', ''],
  ])('shows the common name of the client: %s', async (name, tls_peer) => {
    const { sink } = await start(requireClients());
    await send('<1>a', pair(name));
    expect((await sink.waitFor(1))[0]).toMatchObject({ content: 'a', tls_peer });
  });

  it.each([
    ['none', () => ({}), /: peer did not return a certificate$/],
    ['of another authority', () => pair('impostor'), /: UNABLE_TO_VERIFY_LEAF_SIGNATURE$/],
  ])('refuses a client certificate: %s', async (_, certificate, reason) => {
    const log = captureLog();
    const { sink } = await start(requireClients());
    const dropped = await growth('dropped_total{reason="tls"}', async () => {
      await send('<1>refused', certificate());
      await send('<1>refused', { ...certificate(), maxVersion: 'TLSv1.2' });
      await send('<1>a', pair('client one'));
      await sink.waitFor(1);
    });
    log.release();
    expect(dropped).toBe(2);
    expect(sink.texts).toEqual(['a']);
    expect(log.lines[1]).toMatch(/^refused a TLS client( at 127\.0\.0\.1)?: /);
    expect(log.lines[1]).toMatch(reason);
  });

  it("takes the system's authorities where none are given", async () => {
    const { sink } = await start({ FLOWG_SYSLOG_TLS_AUTH: 'true' });
    await send('<1>refused', pair('client one'));
    await new Promise((done) => setTimeout(done, 50));
    expect(sink.records).toEqual([]);
  });

  it.each(['TLSv1', 'TLSv1.1'] as const)('refuses %s', async (maxVersion) => {
    const { sink } = await start();
    const options = { minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    expect(await send('<1>refused', options)).toBe(false);
    expect(await send('<1>a', { maxVersion: 'TLSv1.2' })).toBe(true);
    await sink.waitFor(1);
    expect(sink.texts).toEqual(['a']);
  });

  it('refuses what is no TLS', async () => {
    const { sink } = await start();
    await harness!.sendTcp('<1>in the clear\n');
    expect(sink.records).toEqual([]);
  });

  it('outlives clients that go away in a handshake', async () => {
    const { sink } = await start();
    for (const bytes of [[], [0x16], [0x16, 3, 1, 2, 0, 1], [0x16, 3, 1, 0, 1, 0xff]]) {
      const socket = await harness!.connect();
      socket.on('error', () => undefined);
      socket.write(Buffer.from(bytes));
      await new Promise((done) => setTimeout(done, 20));
      socket.resetAndDestroy();
    }
    expect(await send('<1>a')).toBe(true);
    await sink.waitFor(1);
  });

  it('asks for the origin before the handshake', async () => {
    const { sink } = await start({ FLOWG_SYSLOG_ALLOW_ORIGINS: '10.0.0.0/8' });
    const dropped = await growth('dropped_total{reason="origin"}', async () => {
      expect(await send('<1>a')).toBe(false);
    });
    expect(dropped).toBe(1);
    expect(sink.records).toEqual([]);
  });

  it('ends connections at the stop, in a handshake too', async () => {
    await start();
    const silent = await harness!.connect();
    const secured = connect({ host: '127.0.0.1', port: harness!.port, rejectUnauthorized: false });
    await once(secured, 'secureConnect');
    secured.write('<1>torn');
    await new Promise((done) => setTimeout(done, 100));
    const ended = Promise.all([closed(silent), closed(secured)]);
    await harness!.stop();
    await ended;
    expect(harness!.sink.texts).toEqual(['torn']);
  });

  it.each([
    ['FLOWG_SYSLOG_TLS_CERT', { FLOWG_SYSLOG_TLS_CERT: '/nowhere.pem' }, '/nowhere.pem'],
    ['FLOWG_SYSLOG_TLS_KEY', { FLOWG_SYSLOG_TLS_KEY: '/nowhere.key' }, '/nowhere.key'],
    ['FLOWG_SYSLOG_TLS_CA', { FLOWG_SYSLOG_TLS_CA: '/nowhere.ca' }, '/nowhere.ca'],
  ])('does not start with a file that is not there: %s', async (setting, env, path) => {
    const failure = await start({ ...requireClients(), ...env }).catch((error: Error) => error.message);
    expect(failure).toContain(path);
    expect(failure).toContain(setting);
  });

  it('does not start with files that are something else', async () => {
    const swapped = { FLOWG_SYSLOG_TLS_CERT: file('client one.pem') };
    await expect(start(swapped)).rejects.toThrow(
      /client one\.pem .*FLOWG_SYSLOG_TLS_CERT, FLOWG_SYSLOG_TLS_KEY/,
    );
    const noAuthority = { FLOWG_SYSLOG_TLS_CA: file('san.ext') };
    await expect(start({ ...requireClients(), ...noAuthority })).rejects.toThrow(
      /san\.ext \(FLOWG_SYSLOG_TLS_CA\)/,
    );
  });
});
