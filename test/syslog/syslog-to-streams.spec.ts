import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PipelineClient, router, source, transform } from '../pipelines/pipeline-client.js';
import { makeCertificate } from '../support/certificates.js';
import { hasProgram } from '../support/programs.js';
import { TestServer } from '../support/test-server.js';

/** The whole way, from the `logger` program to a stream. */

const run = promisify(execFile);

async function stored(
  client: PipelineClient,
  stream: string,
  count: number,
): Promise<Record<string, string>[]> {
  for (let tries = 0; tries < 200; tries++) {
    const all = await client.stored(stream);
    if (all.length >= count) return all;
    await sleep(25);
  }
  throw new Error(`there are only ${(await client.stored(stream)).length} of ${count} messages in ${stream}`);
}

const FIELDS_3164 = [
  'client',
  'content',
  'facility',
  'hostname',
  'priority',
  'severity',
  'tag',
  'timestamp',
  'tls_peer',
];
const FIELDS_5424 =
  'app_name client facility hostname message msg_id priority proc_id severity structured_data timestamp tls_peer version'.split(
    ' ',
  );
const GO_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,9})? [+-]\d{4} ([+-]\d{4}|UTC)$/;

/** Sends one message in either format and looks at what becomes of it. */
async function sendsBoth(server: TestServer, options: string[], peer = ''): Promise<void> {
  const client = new PipelineClient(server, await server.login());
  const text = 'Grüße 🙂 [not] a "tag": x';
  await run('logger', [...options, '--rfc3164', '-p', 'local3.err', '-t', 'shop', '-i', text]);
  await run('logger', [...options, '--rfc5424', '-p', 'mail.warning', '-t', 'shop', '--msgid', 'M1', text]);
  const [old, young] = (await stored(client, 'default', 2)).toSorted(
    (a, b) => Number('version' in a) - Number('version' in b),
  );
  expect(Object.keys(old!).toSorted()).toEqual(FIELDS_3164);
  expect(old).toMatchObject({
    content: text,
    tag: 'shop',
    priority: '155',
    facility: '19',
    severity: '3',
    tls_peer: peer,
  });
  expect(Object.keys(young!).toSorted()).toEqual(FIELDS_5424);
  expect(young).toMatchObject({
    message: text,
    app_name: 'shop',
    msg_id: 'M1',
    priority: '20',
    facility: '2',
    severity: '4',
    version: '1',
    tls_peer: peer,
  });
  for (const message of [old!, young!]) {
    expect(message.timestamp).toMatch(GO_TIME);
    expect(message.client).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(message.hostname).not.toBe('');
  }
}

describe.skipIf(!hasProgram('logger'))('logger', () => {
  it('over UDP', async () => {
    const server = await TestServer.start();
    await sendsBoth(server, ['-d', '-n', '127.0.0.1', '-P', String(server.syslogPort)]);
    await server.stop();
  });

  it.each(['--octet-count', undefined])('over TCP, %s', async (framing) => {
    const server = await TestServer.start({ env: { FLOWG_SYSLOG_PROTOCOL: 'tcp' } });
    const options = ['-T', '-n', '127.0.0.1', '-P', String(server.syslogPort), ...(framing ? [framing] : [])];
    await sendsBoth(server, options);
    await server.stop();
  });

  describe.skipIf(!hasProgram('openssl'))('over TLS', () => {
    let folder: string;
    let tunnel: Server | undefined;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'flowg-syslog-'));
      for (const name of ['server', 'shop-7']) {
        makeCertificate(name, { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) });
      }
    });
    afterAll(async () => {
      tunnel?.close();
      await rm(folder, { recursive: true });
    });

    /** `logger` knows no TLS: what it sends over TCP goes on through a tunnel, byte for byte. */
    async function through(port: number, certificate?: string): Promise<number> {
      const { readFileSync } = await import('node:fs');
      const own = certificate && {
        cert: readFileSync(join(folder, `${certificate}.pem`)),
        key: readFileSync(join(folder, `${certificate}.key`)),
      };
      tunnel?.close();
      tunnel = createServer((inner) => {
        const outer = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...own });
        inner
          .on('error', () => outer.destroy())
          .pipe(outer)
          .on('error', () => inner.destroy())
          .pipe(inner);
      });
      tunnel.listen(0, '127.0.0.1');
      await once(tunnel, 'listening');
      return (tunnel.address() as AddressInfo).port;
    }

    const tls = (more: Record<string, string> = {}) => ({
      FLOWG_SYSLOG_PROTOCOL: 'tcp',
      FLOWG_SYSLOG_TLS_ENABLED: 'true',
      FLOWG_SYSLOG_TLS_CERT: join(folder, 'server.pem'),
      FLOWG_SYSLOG_TLS_KEY: join(folder, 'server.key'),
      ...more,
    });

    it('without a certificate', async () => {
      const server = await TestServer.start({ env: tls() });
      const port = await through(server.syslogPort);
      await sendsBoth(server, ['-T', '-n', '127.0.0.1', '-P', String(port)]);
      await server.stop();
    });

    it('with the certificate that is asked for, and not without it', async () => {
      const env = tls({ FLOWG_SYSLOG_TLS_AUTH: 'true', FLOWG_SYSLOG_TLS_CA: join(folder, 'shop-7.pem') });
      const server = await TestServer.start({ env });
      const refused = await through(server.syslogPort);
      await run('logger', ['-T', '-n', '127.0.0.1', '-P', String(refused), 'nobody']).catch(() => undefined);
      const port = await through(server.syslogPort, 'shop-7');
      await sendsBoth(server, ['-T', '-n', '127.0.0.1', '-P', String(port)], 'shop-7');
      await server.stop();
    });
  });

  it('is not heard from an origin that is not allowed, which is counted', async () => {
    const server = await TestServer.start({ env: { FLOWG_SYSLOG_ALLOW_ORIGINS: '10.0.0.0/8,192.0.2.1' } });
    const client = new PipelineClient(server, await server.login());
    const options = ['-d', '-n', '127.0.0.1', '-P', String(server.syslogPort)];
    await run('logger', [...options, 'not allowed']);
    const dropped = /^flowg_syslog_dropped_total\{reason="origin"\} 1$/m;
    let metrics = '';
    for (let tries = 0; tries < 100 && !dropped.test(metrics); tries++) {
      await sleep(20);
      metrics = await (await fetch(`${server.managementUrl}/metrics`)).text();
    }
    expect(metrics).toMatch(dropped);
    expect(await client.stored('default')).toEqual([]);
    await server.stop();
    const allowed = await server.restarted({ FLOWG_SYSLOG_ALLOW_ORIGINS: '10.0.0.0/8,127.0.0.1' });
    await run('logger', ['-d', '-n', '127.0.0.1', '-P', String(allowed.syslogPort), 'allowed']);
    await stored(new PipelineClient(allowed, await allowed.login()), 'default', 1);
    await allowed.stop();
    await rm(allowed.dataDir, { recursive: true, force: true });
  });

  it('is heard by every pipeline that has a source for it; what one cannot pass, others may', async () => {
    const server = await TestServer.start();
    const client = new PipelineClient(server, await server.login());
    await client.saveTransformer('json', '. = parse_json!(.content)');
    await client.savePipeline(
      'json',
      [source('in', 'syslog'), transform('t', 'json'), router('json')],
      'in > t > json',
    );
    await client.savePipeline('direct-only', [source(), router('direct-only')], 'in > direct-only');
    await client.saveTransformer('gone', '.');
    await client.savePipeline('broken', [source('in', 'syslog'), transform('t', 'gone')], 'in > t');
    await client.ok('DELETE', 'transformers/gone');
    const options = ['-d', '-n', '127.0.0.1', '-P', String(server.syslogPort), '--rfc3164', '-t', 'x'];
    await run('logger', [...options, 'not JSON']);
    await run('logger', [...options, '{"level":"info"}']);
    expect((await stored(client, 'default', 2)).map(({ content }) => content)).toEqual([
      'not JSON',
      '{"level":"info"}',
    ]);
    expect(await stored(client, 'json', 1)).toEqual([{ level: 'info' }]);
    expect(Object.keys((await client.ok('GET', 'streams')).streams)).toEqual(['default', 'json']);
    const metrics = await (await fetch(`${server.managementUrl}/metrics`)).text();
    expect(metrics).toMatch(/^flowg_pipeline_log_total\{pipeline="json",status="success"\} 1$/m);
    expect(metrics).toMatch(/^flowg_pipeline_log_total\{pipeline="json",status="error"\} 1$/m);
    expect(metrics).toMatch(/^flowg_pipeline_log_total\{pipeline="broken",status="error"\} 2$/m);
    expect(server.log).toMatch(/pipeline "broken" cannot run: node "t": transformer "gone" does not exist/);
    await server.stop();
  });
});
