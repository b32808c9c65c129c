import { beforeAll, describe, expect, it } from 'vitest';
import { rulesOf } from './alert-rules.js';
import { hasHelm, only, podOf, render, type Rendered, type Values } from './helm.js';
import { valueNames } from './value-names.js';

type Objects = Rendered[];
/** A value, what it is set to, and where that is found; `expected` where it is not found as it was given. */
type Row = [name: string, given: unknown, found: (objects: Objects) => unknown, expected?: unknown];

const set = (objects: Objects) => only(objects, 'StatefulSet').spec;
const container = (objects: Objects) => podOf(objects).containers[0];
const claim = (objects: Objects) => set(objects).volumeClaimTemplates[0];
const service = (objects: Objects) => only(objects, 'Service', 'one');
const syslog = (objects: Objects) => only(objects, 'Service', 'one-syslog');
const ingress = (objects: Objects) => only(objects, 'Ingress');
const policy = (objects: Objects) => only(objects, 'NetworkPolicy').spec;
const monitor = (objects: Objects) => only(objects, 'ServiceMonitor');
const account = (objects: Objects) => only(objects, 'ServiceAccount');
const rule = (alert: string) => (objects: Objects) =>
  rulesOf(only(objects, 'PrometheusRule')).find((one) => one.alert === alert)!.expr;
const probe = (name: string) => (objects: Objects) => {
  const { httpGet, ...numbers } = container(objects)[`${name}Probe`];
  expect(httpGet.port).toBe('mgmt');
  return numbers;
};
const variable = (name: string) => (objects: Objects) =>
  container(objects).env.find((one: { name: string }) => one.name === name).value;
const mounted = (name: string) => (objects: Objects) =>
  podOf(objects).volumes.find((volume: { name: string }) => volume.name === name);
const peersOf = (port: string) => (objects: Objects) =>
  policy(objects).ingress.find(({ ports }: any) => ports[0].port === port).from;
const has = (kind: string) => (objects: Objects) => objects.some((object) => object.kind === kind);

const LABELS = { team: 'logs' };
const NOTES = { note: 'x' };
const [WEB, SENDERS, PROMETHEUS] = ['web', 'senders', 'prometheus'].map((app) => [
  { podSelector: { matchLabels: { app } } },
]);
const OUT = { to: [{ ipBlock: { cidr: '10.1.2.3/32' } }], ports: [{ port: 443 }] };
const DIGEST = `sha256:${'a'.repeat(64)}`;
const ENV = { name: 'TZ', value: 'Europe/Berlin' };
const SCHEDULE = { name: 's', database: 'all', cron: '0 3 * * *', destination: 'nas', keep: { last: 3 } };
const numbers = (start: number) => ({
  initialDelaySeconds: start,
  periodSeconds: start + 1,
  timeoutSeconds: start + 2,
  failureThreshold: start + 3,
});

/** All of these at the same time. */
const TOGETHER: Row[] = [
  ['nameOverride', 'two', (all) => set(all).selector.matchLabels['app.kubernetes.io/name']],
  ['fullnameOverride', 'one', (all) => only(all, 'StatefulSet').metadata.name],
  ['image.repository', 'r/f', (all) => container(all).image.split(':')[0]],
  ['image.tag', '9', (all) => container(all).image.split(':')[1]],
  ['image.pullPolicy', 'Always', (all) => container(all).imagePullPolicy],
  ['image.pullSecrets', [{ name: 'mine' }], (all) => podOf(all).imagePullSecrets],
  ['auth.initialUser', 'ann', (all) => atob(only(all, 'Secret').data['initial-user'])],
  ['settings', { FLOWG_UNDO_HOURS: 48 }, variable('FLOWG_UNDO_HOURS'), '48'],
  ['bindHost', '[::]', variable('FLOWG_HTTP_BIND_ADDRESS'), '[::]:5080'],
  ['persistence.size', '2Ti', (all) => claim(all).spec.resources.requests.storage],
  ['persistence.storageClassName', 'fast', (all) => claim(all).spec.storageClassName],
  ['persistence.accessMode', 'ReadWriteOncePod', (all) => claim(all).spec.accessModes[0]],
  ['persistence.annotations', NOTES, (all) => claim(all).metadata.annotations],
  [
    'backup.destinations',
    { nas: { type: 'folder', existingClaim: 'backups' } },
    (all) => JSON.parse(variable('FLOWG_BACKUP_DESTINATIONS')(all)),
    { nas: { type: 'folder', path: '/backups/nas' } },
  ],
  ['backup.schedules', [SCHEDULE], (all) => JSON.parse(variable('FLOWG_BACKUP_SCHEDULES')(all))],
  ['tls.http.secretName', 'a', (all) => mounted('tls-http')(all).secret.secretName],
  ['tls.mgmt.secretName', 'b', (all) => mounted('tls-mgmt')(all).secret.secretName],
  ['tls.syslog.secretName', 'c', (all) => mounted('tls-syslog')(all).secret.secretName],
  ['tls.syslog.requireClientCertificate', true, variable('FLOWG_SYSLOG_TLS_AUTH'), 'true'],
  ['service.type', 'NodePort', (all) => service(all).spec.type],
  ['service.port', 80, (all) => service(all).spec.ports[0].port],
  ['service.nodePort', 30_080, (all) => service(all).spec.ports[0].nodePort],
  ['service.externalTrafficPolicy', 'Cluster', (all) => service(all).spec.externalTrafficPolicy],
  ['service.annotations', NOTES, (all) => service(all).metadata.annotations],
  ['syslog.enabled', true, (all) => container(all).ports[2].containerPort, 5514],
  ['syslog.protocol', 'tcp', variable('FLOWG_SYSLOG_PROTOCOL')],
  ['syslog.service.type', 'LoadBalancer', (all) => syslog(all).spec.type],
  ['syslog.service.port', 6514, (all) => syslog(all).spec.ports[0].port],
  ['syslog.service.nodePort', 30_514, (all) => syslog(all).spec.ports[0].nodePort],
  ['syslog.service.externalTrafficPolicy', 'Cluster', (all) => syslog(all).spec.externalTrafficPolicy],
  ['syslog.service.annotations', NOTES, (all) => syslog(all).metadata.annotations],
  ['ingress.enabled', true, has('Ingress')],
  ['ingress.className', 'nginx', (all) => ingress(all).spec.ingressClassName],
  ['ingress.annotations', NOTES, (all) => ingress(all).metadata.annotations, expect.objectContaining(NOTES)],
  [
    'ingress.hosts',
    [{ host: 'logs.example.org', path: '/flowg' }, { host: 'other.example.org' }],
    (all) => ingress(all).spec.rules.map(({ host, http }: any) => [host, http.paths[0].path]),
    [
      ['logs.example.org', '/flowg'],
      ['other.example.org', '/'],
    ],
  ],
  ['ingress.tls', [{ secretName: 'd', hosts: ['logs.example.org'] }], (all) => ingress(all).spec.tls],
  ['networkPolicy.httpFrom', WEB, peersOf('http')],
  ['networkPolicy.syslogFrom', SENDERS, peersOf('syslog')],
  ['networkPolicy.metricsFrom', PROMETHEUS, peersOf('mgmt')],
  ['networkPolicy.restrictEgress', true, (all) => policy(all).policyTypes, ['Ingress', 'Egress']],
  ['networkPolicy.egress', [OUT], (all) => policy(all).egress.slice(1)],
  ['podDisruptionBudget.enabled', true, has('PodDisruptionBudget')],
  ['serviceMonitor.enabled', true, has('ServiceMonitor')],
  ['serviceMonitor.labels', LABELS, (all) => monitor(all).metadata.labels, expect.objectContaining(LABELS)],
  ['serviceMonitor.interval', '15s', (all) => monitor(all).spec.endpoints[0].interval],
  ['serviceMonitor.scrapeTimeout', '7s', (all) => monitor(all).spec.endpoints[0].scrapeTimeout],
  ['serviceMonitor.tlsConfig', { serverName: 'f' }, (all) => monitor(all).spec.endpoints[0].tlsConfig],
  ['prometheusRule.enabled', true, has('PrometheusRule')],
  [
    'prometheusRule.labels',
    LABELS,
    (all) => only(all, 'PrometheusRule').metadata.labels,
    expect.objectContaining(LABELS),
  ],
  ['prometheusRule.backupMaxAgeHours', 5, rule('FlowgBackupTooOld'), expect.stringMatching(/> 18000$/)],
  [
    'prometheusRule.scheduleMaxAgeHours',
    { weekly: 170 },
    rule('FlowgScheduledBackupTooOld'),
    expect.stringContaining('schedule!~"weekly"'),
  ],
  [
    'prometheusRule.scheduleMaxDelayHours',
    3,
    rule('FlowgScheduleOverdue'),
    expect.stringMatching(/> 10800$/),
  ],
  ['prometheusRule.volumeFreePercent', 40, rule('FlowgVolumeFilling'), expect.stringMatching(/< 0\.4$/)],
  [
    'prometheusRule.certificateMinDays',
    3,
    rule('FlowgCertificateEnding'),
    expect.stringMatching(/< 259200$/),
  ],
  ['grafanaDashboard.enabled', true, has('ConfigMap')],
  [
    'grafanaDashboard.labels',
    LABELS,
    (all) => only(all, 'ConfigMap').metadata.labels,
    expect.objectContaining(LABELS),
  ],
  [
    'serviceAccount.name',
    'e',
    (all) => [account(all).metadata.name, podOf(all).serviceAccountName],
    ['e', 'e'],
  ],
  ['serviceAccount.annotations', NOTES, (all) => account(all).metadata.annotations],
  ['security.runAsUser', 11, (all) => podOf(all).securityContext.runAsUser],
  ['security.runAsGroup', 12, (all) => podOf(all).securityContext.runAsGroup],
  ['security.fsGroup', 13, (all) => podOf(all).securityContext.fsGroup],
  ['resources.requests', { cpu: '2', memory: '1Gi' }, (all) => container(all).resources.requests],
  ['resources.limits', { memory: '4Gi' }, (all) => container(all).resources.limits],
  ['probes.startup', numbers(10), probe('startup')],
  ['probes.liveness', numbers(20), probe('liveness')],
  ['probes.readiness', numbers(30), probe('readiness')],
  ['extraEnv', [ENV], (all) => container(all).env.slice(-1)],
  ['extraEnvFrom', [{ secretRef: { name: 'f' } }], (all) => container(all).envFrom],
  ['extraVolumes', [{ name: 'g', emptyDir: {} }], (all) => podOf(all).volumes.slice(-1)],
  ['extraVolumeMounts', [{ name: 'g', mountPath: '/g' }], (all) => container(all).volumeMounts.slice(-1)],
  ['podAnnotations', NOTES, (all) => set(all).template.metadata.annotations],
  ['podLabels', LABELS, (all) => set(all).template.metadata.labels, expect.objectContaining(LABELS)],
  ['nodeSelector', { disk: 'ssd' }, (all) => podOf(all).nodeSelector],
  ['tolerations', [{ key: 'logs', operator: 'Exists' }], (all) => podOf(all).tolerations],
  ['affinity', { podAntiAffinity: {} }, (all) => podOf(all).affinity],
  ['priorityClassName', 'high', (all) => podOf(all).priorityClassName],
];

/** Each by itself, as it takes the place of others. */
const ALONE: Row[] = [
  ['image.digest', DIGEST, (all) => container(all).image, `flowg-server@${DIGEST}`],
  [
    'auth.existingSecret',
    'mine',
    (all) =>
      container(all).env.find(({ name }: any) => name === 'FLOWG_SECRET_KEY').valueFrom.secretKeyRef.name,
  ],
  ['persistence.existingClaim', 'mine', (all) => mounted('data')(all).persistentVolumeClaim.claimName],
  ['networkPolicy.enabled', false, has('NetworkPolicy')],
  ['serviceAccount.create', false, has('ServiceAccount')],
];

/** Values by names with dots become those that helm is given. */
function valuesOf(rows: Row[]): Values {
  const values: Values = {};
  for (const [name, given] of rows) {
    const path = name.split('.');
    const last = path.pop()!;
    const place = path.reduce<any>((inner, part) => (inner[part] ??= {}), values);
    place[last] = given;
  }
  return values;
}

describe.skipIf(!hasHelm)('the value', () => {
  let objects: Objects;
  beforeAll(() => {
    objects = render(valuesOf(TOGETHER));
  });

  it.each(TOGETHER)('%s is used', (_name, given, found, expected = given) => {
    expect(found(objects)).toEqual(expected);
  });

  it.each(ALONE)('%s is used', (name, given, found, expected = given) => {
    expect(found(render(valuesOf([[name, given, found]])))).toEqual(expected);
  });
});

it('each value of the chart is tried', () => {
  expect([...TOGETHER, ...ALONE].map(([name]) => name).toSorted()).toEqual(valueNames().toSorted());
});
