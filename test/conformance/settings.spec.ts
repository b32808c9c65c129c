import { describe, expect, it } from 'vitest';
import { readSettings } from '#src/settings.js';

/** Section 6, the table of the environment, as far as this server has it. */

describe('defaults', () => {
  const standard = readSettings({});

  it('listens to this machine only, on the ports of the reference', () => {
    const addresses = [standard.http.address, standard.management.address, standard.syslog.address];
    expect(addresses.map(({ host, port }) => `${host}:${port}`)).toEqual([
      '127.0.0.1:5080',
      '127.0.0.1:9113',
      '127.0.0.1:5514',
    ]);
  });

  it('has syslog over UDP from everybody, and no TLS', () => {
    expect(standard.syslog.protocol).toBe('udp');
    expect(standard.syslog.allowedOrigins).toBeUndefined();
    expect([standard.http.tls, standard.management.tls, standard.syslog.tls]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('keeps each database in a folder below ./data', () => {
    const { auth, config, logs } = standard.databaseDirs;
    for (const [folder, name] of [
      [auth, 'auth'],
      [config, 'config'],
      [logs, 'logs'],
    ] as const)
      expect(folder).toMatch(new RegExp(`/data/${name}$`));
  });

  it('is not verbose', () => {
    expect(standard.verbose).toBe(false);
  });
});

describe('values', () => {
  const words = {
    true: ['1', 't', 'T', 'true', 'TRUE', 'True'],
    false: ['0', 'f', 'F', 'false', 'FALSE', 'False', ''],
  };

  it.each(words.true)('%s is true', (word) => {
    expect(readSettings({ FLOWG_VERBOSE: word }).verbose).toBe(true);
  });

  it.each(words.false)('%j is false', (word) => {
    expect(readSettings({ FLOWG_VERBOSE: word }).verbose).toBe(false);
  });

  it('what is neither stops the start', () => {
    expect(() => readSettings({ FLOWG_VERBOSE: 'yes' })).toThrow(/^FLOWG_VERBOSE="yes" is not valid/);
  });

  it('a key that can be guessed stops the start', () => {
    expect(() => readSettings({ FLOWG_SECRET_KEY: 'short' })).toThrow(/at least 16 characters/);
  });

  it(':port is every interface', () => {
    expect(readSettings({ FLOWG_HTTP_BIND_ADDRESS: ':5080' }).http.address).toMatchObject({
      host: '::',
      port: 5080,
    });
  });

  it('folders, the protocol and origins of syslog have the names of the reference', () => {
    const settings = readSettings({
      FLOWG_AUTH_DIR: '/a',
      FLOWG_CONFIG_DIR: '/c',
      FLOWG_LOG_DIR: '/l',
      FLOWG_SYSLOG_PROTOCOL: 'tcp',
      FLOWG_SYSLOG_ALLOW_ORIGINS: '10.0.0.0/8,192.0.2.1',
      FLOWG_SYSLOG_TLS_ENABLED: 'true',
      FLOWG_SYSLOG_TLS_CERT: 'cert.pem',
      FLOWG_SYSLOG_TLS_KEY: 'key.pem',
      FLOWG_SYSLOG_TLS_AUTH: 'true',
    });
    expect(settings.databaseDirs).toMatchObject({ auth: '/a', config: '/c', logs: '/l' });
    expect(settings.syslog).toMatchObject({
      protocol: 'tcp',
      tls: { cert: 'cert.pem', key: 'key.pem', requireCertificate: true },
    });
    expect(settings.syslog.allowedOrigins!.check('10.1.2.3')).toBe(true);
    expect(settings.syslog.allowedOrigins!.check('192.0.2.2')).toBe(false);
  });
});
