import { describe, expect, it } from 'vitest';
import { readSettings, SettingsError, unknownSettings } from '#src/settings.js';
import { TestServer } from '../support/test-server.js';

const BAD: [variable: string, value: string, accepted: RegExp][] = [
  ['FLOWG_SECRET_KEY', 'too short', /at least 16 characters/],
  ['FLOWG_VERBOSE', 'yes', /true or false/],
  ['FLOWG_HTTP_BIND_ADDRESS', 'localhost', /host:port/],
  ['FLOWG_HTTP_BIND_ADDRESS', '127.0.0.1:70000', /host:port/],
  ['FLOWG_HTTP_BIND_ADDRESS', '::1:5080', /\[ipv6\]:port/],
  ['FLOWG_MGMT_BIND_ADDRESS', 'localhost:http', /host:port/],
  ['FLOWG_HTTP_TLS_ENABLED', '2', /true or false/],
  ['FLOWG_MGMT_TLS_ENABLED', 'on', /true or false/],
  ['FLOWG_HTTP_BODY_LIMIT_MB', '0', /a whole number of mebibytes, 1 or more/],
  ['FLOWG_HTTP_BODY_LIMIT_MB', '1.5', /a whole number of mebibytes/],
  ['FLOWG_DISK_RESERVE_MB', '-1', /a whole number of mebibytes, 0 or more/],
  ['FLOWG_SNAPSHOT_WAL_BUDGET_MB', '64MB', /a whole number of mebibytes/],
  ['FLOWG_TRANSFER_IDLE_SECONDS', '0', /a whole number of seconds, 1 or more/],
  ['FLOWG_SHUTDOWN_SECONDS', 'soon', /a whole number of seconds, 0 or more/],
  ['FLOWG_LOG_DURABILITY', 'fast', /full or normal/],
  ['FLOWG_LOG_FORMAT', 'logfmt', /text or json/],
  ['FLOWG_SYSLOG_PROTOCOL', 'tls', /udp or tcp/],
  ['FLOWG_SYSLOG_ALLOW_ORIGINS', 'localhost', /IP addresses or networks/],
  ['FLOWG_SYSLOG_ALLOW_ORIGINS', '10.0.0.0/33', /IP addresses or networks/],
  ['FLOWG_SYSLOG_ALLOW_ORIGINS', '10.0.0.1,', /IP addresses or networks/],
  ['FLOWG_TRUSTED_PROXIES', 'loopback', /IP addresses or networks/],
  ['FLOWG_HTTP_CORS_ORIGINS', '*', /exact origins \(https:\/\/logs\.example\.org\), .*; \* is none/],
  ['FLOWG_HTTP_CORS_ORIGINS', 'https://a.example/', /exact origins/],
  ['FLOWG_HTTP_CORS_ORIGINS', 'https://a.example,b.example', /exact origins/],
  ['FLOWG_HTTP_CORS_ORIGINS', 'https://A.example', /exact origins/],
  ['FLOWG_HTTP_CORS_ORIGINS', 'null', /exact origins/],
  ['FLOWG_SYSLOG_QUEUE_SIZE', '0', /a whole number of messages, 1 or more/],
  ['FLOWG_VRL_MEMORY_MB', '1', /a whole number of mebibytes, 64 or more/],
  ['FLOWG_AUTH_INITIAL_USER', 'x'.repeat(300), /at most 255 bytes/],
];

function complaint(environment: Record<string, string>): string {
  try {
    readSettings(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as Error).message;
  }
  throw new Error('the settings were accepted');
}

describe('a bad value', () => {
  it.each(BAD)('%s=%s is named in one line, with what is accepted', (variable, value, accepted) => {
    const text = complaint({ [variable]: value });
    expect(text).toMatch(new RegExp(`^${variable}=`));
    expect(text).toMatch(accepted);
    expect(text).not.toContain('\n');
    if (variable === 'FLOWG_SECRET_KEY') expect(text).not.toContain(value);
    else expect(text).toContain(JSON.stringify(value));
  });

  it('TLS of syslog needs TCP', () => {
    const files = { FLOWG_SYSLOG_TLS_CERT: 'cert.pem', FLOWG_SYSLOG_TLS_KEY: 'key.pem' };
    expect(complaint({ FLOWG_SYSLOG_TLS_ENABLED: 'true', ...files })).toBe(
      'FLOWG_SYSLOG_TLS_ENABLED is set: expected FLOWG_SYSLOG_PROTOCOL=tcp with it',
    );
  });

  it('resetting a password needs the user and the password', () => {
    expect(complaint({ FLOWG_AUTH_RESET_USER: 'root' })).toBe(
      'FLOWG_AUTH_RESET_PASSWORD is not set: expected with FLOWG_AUTH_RESET_USER',
    );
    expect(complaint({ FLOWG_AUTH_RESET_USER: '', FLOWG_AUTH_RESET_PASSWORD: 'tell-nobody' })).toBe(
      'FLOWG_AUTH_RESET_USER is not set: expected whose FLOWG_AUTH_RESET_PASSWORD it is',
    );
  });

  it.each(['HTTP', 'MGMT', 'SYSLOG'])('TLS of %s needs both files', (listener) => {
    const enabled = { [`FLOWG_${listener}_TLS_ENABLED`]: 'true' };
    expect(complaint(enabled)).toBe(`FLOWG_${listener}_TLS_CERT is not set: expected the path of a PEM file`);
    expect(complaint({ ...enabled, [`FLOWG_${listener}_TLS_CERT`]: 'cert.pem' })).toBe(
      `FLOWG_${listener}_TLS_KEY is not set: expected the path of a PEM file`,
    );
  });

  it.each([
    ['FLOWG_HTTP_BODY_LIMIT_MB', 'many', 'expected a whole number of mebibytes, 1 or more'],
    ['FLOWG_SECRET_KEY', 'too short', 'expected at least 16 characters'],
  ])('%s stops the start', async (variable, value, accepted) => {
    const server = await TestServer.launch({ env: { [variable]: value } });
    expect(await server.ended()).toBe(1);
    const shown = variable === 'FLOWG_SECRET_KEY' ? '(a secret)' : JSON.stringify(value);
    expect(server.log).toBe(`${variable}=${shown} is not valid: ${accepted}\n`);
    await server.stop();
  });
});

describe('a good value', () => {
  it('is left out or empty: the default, which listens on this machine only', () => {
    const standard = readSettings({});
    expect(readSettings({ FLOWG_HTTP_BIND_ADDRESS: '', FLOWG_VERBOSE: '' })).toEqual(standard);
    expect(standard.http.address).toEqual({ host: '127.0.0.1', port: 5080, loopback: true });
    expect(standard.management.address).toEqual({ host: '127.0.0.1', port: 9113, loopback: true });
    expect(standard.verbose).toBe(false);
  });

  it.each([
    [':5080', '::', false],
    ['0.0.0.0:5080', '0.0.0.0', false],
    ['[::1]:5080', '::1', true],
    ['localhost:5080', 'localhost', true],
    ['127.1.2.3:5080', '127.1.2.3', true],
  ])('the address %s', (text, host, loopback) => {
    const { address } = readSettings({ FLOWG_HTTP_BIND_ADDRESS: text }).http;
    expect(address).toEqual({ host, port: 5080, loopback });
  });

  it('of allowed origins is addresses and networks of both families', () => {
    const { allowedOrigins } = readSettings({
      FLOWG_SYSLOG_ALLOW_ORIGINS: '10.0.0.0/8, 192.168.1.7,fd00::/8',
    }).syslog;
    expect(allowedOrigins!.check('10.255.0.1')).toBe(true);
    expect(allowedOrigins!.check('192.168.1.7')).toBe(true);
    expect(allowedOrigins!.check('192.168.1.8')).toBe(false);
    expect(allowedOrigins!.check('fd12::1', 'ipv6')).toBe(true);
    expect(allowedOrigins!.check('::1', 'ipv6')).toBe(false);
    expect(readSettings({}).syslog.allowedOrigins).toBeUndefined();
  });

  it('of a folder is relative to where the server starts, and may differ for each database', () => {
    const settings = readSettings({ FLOWG_DATA_DIR: '/data', FLOWG_LOG_DIR: '/large/logs' });
    expect(settings.databaseDirs).toEqual({
      auth: '/data/auth',
      config: '/data/config',
      logs: '/large/logs',
      backup: '/data/backup',
    });
    expect(readSettings({}).dataDir).toBe(`${process.cwd()}/data`);
  });
});

it('an unknown FLOWG_ variable is a warning, not a failure', async () => {
  expect(unknownSettings({ FLOWG_HTTP_BIND_ADRESS: 'x', PATH: '/bin', FLOWG_VERBOSE: '' })).toEqual([
    'FLOWG_HTTP_BIND_ADRESS',
  ]);
  const server = await TestServer.start({ env: { FLOWG_HTTP_BIND_ADRESS: 'x' } });
  expect(server.log).toContain('WARN [Settings] FLOWG_HTTP_BIND_ADRESS is not a setting of this server\n');
  await server.stop();
});
