import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHART, complaint, hasHelm, type Values } from './helm.js';
import { DEFAULTS } from './value-names.js';

const BAD: [what: string, values: Values, message: RegExp][] = [
  ['a misspelt value', { persistance: { size: '1Gi' } }, /persistance/],
  ['a misspelt value inside', { persistence: { storageClass: 'fast' } }, /storageClass/],
  ['more than one replica', { replicaCount: 2 }, /replicaCount/],
  ['a misspelt setting', { settings: { FLOWG_UNDO_HOUR: 3 } }, /FLOWG_UNDO_HOUR/],
  ['a setting that the chart makes', { settings: { FLOWG_DATA_DIR: '/tmp' } }, /FLOWG_DATA_DIR/],
  ['a setting out of its range', { settings: { FLOWG_VRL_MEMORY_MB: 1 } }, /minimum: got 1, want 64/],
  ['a number as a text', { settings: { FLOWG_UNDO_HOURS: '3' } }, /got string, want integer/],
  ['a user who is root', { security: { runAsUser: 0 } }, /runAsUser.*minimum: got 0, want 1/s],
  ['a security context of its own', { security: { privileged: true } }, /privileged/],
  ['a size without a sense', { persistence: { size: 'large' } }, /persistence\/size/],
  ['a volume for many', { persistence: { accessMode: 'ReadWriteMany' } }, /accessMode.*ReadWriteOncePod/s],
  ['an unknown type of Service', { service: { type: 'loadbalancer' } }, /service\/type.*LoadBalancer/s],
  ['an unknown protocol', { syslog: { protocol: 'tls' } }, /syslog\/protocol.*udp/s],
  ['a digest that is none', { image: { digest: 'latest' } }, /image\/digest/],
  ['a host without its name', { ingress: { hosts: [{ path: '/' }] } }, /missing property 'host'/],
  ['an Ingress for no host', { ingress: { enabled: true } }, /ingress.enabled needs ingress.hosts/],
  [
    'a setting among other variables',
    { extraEnv: [{ name: 'FLOWG_UNDO_HOURS', value: '3' }] },
    /extraEnv: FLOWG_UNDO_HOURS is a setting of the server, it goes to `settings`/,
  ],
  [
    'TLS for syslog over UDP',
    { syslog: { enabled: true }, tls: { syslog: { secretName: 'mine' } } },
    /tls.syslog.secretName needs syslog.enabled: true and syslog.protocol: tcp/,
  ],
  [
    'client certificates without TLS',
    { tls: { syslog: { requireClientCertificate: true } } },
    /requireClientCertificate needs tls.syslog.secretName/,
  ],
  [
    'rules about nothing',
    { prometheusRule: { enabled: true } },
    /prometheusRule.enabled needs serviceMonitor.enabled/,
  ],
  [
    'a ServiceMonitor that is kept out',
    { serviceMonitor: { enabled: true } },
    /serviceMonitor.enabled needs networkPolicy.metricsFrom/,
  ],
];

describe.skipIf(!hasHelm)('helm refuses', () => {
  it.each(BAD)('%s, and says so', (_, values, message) => {
    expect(complaint(values)).toMatch(message);
  });
});

describe('the schema of values', () => {
  const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8'));

  it('has exactly the values that values.yaml has, and takes no others', () => {
    const { global, ...properties } = schema.properties;
    expect(global).toBeDefined();
    expectSame({ ...schema, properties }, DEFAULTS, 'the chart');
  });

  /** Compares as deep as the schema names what is inside; deeper it is Kubernetes' own, or for the user to name. */
  function expectSame(part: any, values: any, name: string): void {
    if (part.$ref) return expectSame(definition(part.$ref), values, name);
    if (!part.properties || name === 'settings') return;
    expect(part.additionalProperties, name).toBe(false);
    const missing = name.startsWith('probes.') ? ['initialDelaySeconds'] : [];
    expect([...Object.keys(values), ...missing].toSorted(), name).toEqual(
      Object.keys(part.properties).toSorted(),
    );
    for (const [inner, value] of Object.entries(values))
      expectSame(part.properties[inner], value, name === 'the chart' ? inner : `${name}.${inner}`);
  }

  /** What `#/definitions/port` leads to. */
  const definition = (reference: string) =>
    reference
      .split('/')
      .slice(1)
      .reduce((part, key) => part[key], schema);
});
