import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSettings, unknownSettings } from '#src/settings.js';
import { PROJECT_ROOT } from '../support/test-server.js';
import { CHART, hasHelm, only, render, type Values, VALUE_FILES } from './helm.js';

const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8'));
const settingsOfSchema: Record<string, { type?: string; minimum?: number; enum?: string[]; $ref?: string }> =
  schema.properties.settings.properties;

/** What stands in place of a value that comes from a Secret: long enough for a key that signs. */
const SECRET = 'value-of-the-secret';

const EVERYTHING: Values = {
  tls: {
    http: { secretName: 'a' },
    mgmt: { secretName: 'b' },
    syslog: { secretName: 'c', requireClientCertificate: true },
  },
  syslog: { enabled: true, protocol: 'tcp' },
  backup: {
    destinations: { nas: { type: 'folder', existingClaim: 'mine' } },
    schedules: [
      { name: 'nightly', database: 'all', cron: '0 3 * * *', destination: 'nas', keep: { last: 3 } },
    ],
  },
};

/** @returns the environment that a pod would have, with what comes from the Secret. */
function environment(values: Values | string = {}): Record<string, string> {
  const [container] = only(render(values), 'StatefulSet').spec.template.spec.containers;
  return Object.fromEntries(
    container.env.map(({ name, value, valueFrom }: any) => [name, valueFrom ? SECRET : value]),
  );
}

describe.skipIf(!hasHelm)('the environment that the chart makes', () => {
  it.each([
    ['the defaults', {}] as const,
    ...VALUE_FILES.map((file) => [file.split('/').at(-1)!, file] as const),
  ])('is understood by the server: %s', (_, values) => {
    const variables = environment(values);
    expect(Object.values(variables).filter((value) => typeof value !== 'string')).toEqual([]);
    expect(unknownSettings(variables)).toEqual([]);
    expect(() => readSettings(variables)).not.toThrow();
  });

  it('by default listens on all addresses for the API and for machines, and on none for syslog', () => {
    const { http, management, syslog, dataDir, ...rest } = readSettings(environment());
    expect([http.address, management.address]).toEqual([
      { host: '0.0.0.0', port: 5080, loopback: false },
      { host: '0.0.0.0', port: 9113, loopback: false },
    ]);
    expect([http.tls, management.tls]).toEqual([undefined, undefined]);
    expect(syslog.address.loopback).toBe(true);
    expect(dataDir).toBe('/data');
    expect(rest.initialUser).toEqual({ name: SECRET, password: SECRET });
    expect(rest.secretKey).toBe(SECRET);
  });

  it('names the files of certificates where they are mounted', () => {
    const { http, management, syslog } = readSettings(environment({ ...EVERYTHING, bindHost: '[::]' }));
    const files = (listener: string) => ({
      cert: `/etc/flowg/tls/${listener}/tls.crt`,
      key: `/etc/flowg/tls/${listener}/tls.key`,
    });
    expect(http.tls).toEqual(files('http'));
    expect(management.tls).toEqual(files('mgmt'));
    expect(syslog.tls).toEqual({
      ...files('syslog'),
      requireCertificate: true,
      ca: '/etc/flowg/tls/syslog/ca.crt',
    });
    expect(syslog).toMatchObject({ protocol: 'tcp', address: { host: '::', port: 5514 } });
  });

  it('has large numbers as they were written', () => {
    const { FLOWG_SNAPSHOT_WAL_BUDGET_MB, FLOWG_VERBOSE } = environment({
      settings: { FLOWG_SNAPSHOT_WAL_BUDGET_MB: 123456789, FLOWG_VERBOSE: true },
    });
    expect([FLOWG_SNAPSHOT_WAL_BUDGET_MB, FLOWG_VERBOSE]).toEqual(['123456789', 'true']);
  });

  it('is all of it: variables of Services do not come in between', () => {
    expect(only(render(), 'StatefulSet').spec.template.spec.enableServiceLinks).toBe(false);
  });
});

describe('the settings in the schema of values', () => {
  const inServer = [
    ...readFileSync(join(PROJECT_ROOT, 'src', 'settings.ts'), 'utf8').matchAll(/^ {2}(FLOWG_\w+):/gm),
  ]
    .map((found) => found[1]!)
    .filter((name) => !name.startsWith('FLOWG_TEST_'));

  it.skipIf(!hasHelm)('with those that the chart makes are all that the server has', () => {
    const made = Object.keys(environment(EVERYTHING));
    const chosen = Object.keys(settingsOfSchema);
    expect(chosen.filter((name) => made.includes(name))).toEqual([]);
    expect([...chosen, ...made].toSorted()).toEqual(inServer.toSorted());
  });

  it('have the limits that the server has', () => {
    const taken = (name: string, value: unknown) => {
      try {
        readSettings({ [name]: String(value) });
        return true;
      } catch {
        return false;
      }
    };
    for (const [name, { type, minimum, enum: words }] of Object.entries(settingsOfSchema)) {
      if (type === 'integer')
        expect([taken(name, minimum), taken(name, minimum! - 1)], name).toEqual([true, false]);
      if (type === 'boolean') expect([taken(name, true), taken(name, 'other')], name).toEqual([true, false]);
      for (const word of words ?? []) expect(taken(name, word), name).toBe(true);
    }
  });
});
