import { describe, expect, it } from 'vitest';
import { hasHelm, only, render, type Rendered, type Values, VALUE_FILES } from './helm.js';

/** Read from what helm renders: what the chart promises in its README, and the weaknesses of FlowG's own that it must not have. */
describe.skipIf(!hasHelm)('the chart', () => {
  const podOf = (objects: Rendered[]) => only(objects, 'StatefulSet').spec.template.spec;
  const pod = (values: Values = {}) => podOf(render(values));
  const container = (values: Values = {}) => pod(values).containers[0];
  let sets: Rendered[][] | undefined;
  const everySet = () => (sets ??= [render(), ...VALUE_FILES.map((file) => render(file))]);

  describe('keeps the data', () => {
    it('never runs two servers on one volume: one replica of a StatefulSet, which stops the old pod first', () => {
      for (const objects of everySet()) {
        const { spec } = only(objects, 'StatefulSet');
        expect(spec.replicas).toBe(1);
        expect(spec.updateStrategy).toEqual({ type: 'RollingUpdate' });
        expect(objects.some(({ kind }) => kind === 'Deployment' || kind === 'HorizontalPodAutoscaler')).toBe(
          false,
        );
      }
    });

    it('on a claim that outlives the release', () => {
      const { spec } = only(render(), 'StatefulSet');
      expect(spec.persistentVolumeClaimRetentionPolicy).toEqual({
        whenDeleted: 'Retain',
        whenScaled: 'Retain',
      });
      expect(spec.volumeClaimTemplates[0].metadata.name).toBe('data');
      expect(spec.volumeClaimTemplates[0].spec).toEqual({
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '10Gi' } },
      });
      expect(container().volumeMounts).toEqual([{ name: 'data', mountPath: '/data' }]);
    });

    it('on storage of any class and size, for one pod only where the driver can do that', () => {
      const persistence = { storageClassName: 'fast', accessMode: 'ReadWriteOncePod', size: '2Ti' };
      const { spec } = only(render({ persistence }), 'StatefulSet').spec.volumeClaimTemplates[0];
      expect(spec).toMatchObject({ storageClassName: 'fast', accessModes: ['ReadWriteOncePod'] });
      expect(spec.resources.requests.storage).toBe('2Ti');
      const none = only(render({ persistence: { storageClassName: '' } }), 'StatefulSet').spec
        .volumeClaimTemplates[0];
      expect(none.spec.storageClassName).toBe('');
    });

    it('on a claim that is there already', () => {
      const { spec } = only(render({ persistence: { existingClaim: 'mine' } }), 'StatefulSet');
      expect(spec.volumeClaimTemplates).toBeUndefined();
      expect(spec.template.spec.volumes).toEqual([
        { name: 'data', persistentVolumeClaim: { claimName: 'mine' } },
      ]);
    });

    it('without objects of the whole cluster, and without folders of a node', () => {
      for (const objects of everySet()) {
        const kinds = objects.map(({ kind }) => kind);
        for (const kind of ['PersistentVolume', 'StorageClass', 'ClusterRole', 'ClusterRoleBinding'])
          expect(kinds).not.toContain(kind);
        expect(JSON.stringify(objects)).not.toMatch(/hostPath|hostPort|hostNetwork/);
      }
    });

    it('lets a stop take as long as the server may take for it', () => {
      expect(pod().terminationGracePeriodSeconds).toBe(30);
      expect(pod({ settings: { FLOWG_SHUTDOWN_SECONDS: 600 } }).terminationGracePeriodSeconds).toBe(620);
      expect(pod({ settings: { FLOWG_SHUTDOWN_SECONDS: 0 } }).terminationGracePeriodSeconds).toBe(20);
    });

    it('lets a person decide when a node is drained, if that is asked for', () => {
      expect(render().some(({ kind }) => kind === 'PodDisruptionBudget')).toBe(false);
      const budget = only(render({ podDisruptionBudget: { enabled: true } }), 'PodDisruptionBudget');
      expect(budget.spec).toMatchObject({ maxUnavailable: 0, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
    });
  });

  describe('is restricted', () => {
    it('to a user who is not root, with the standard seccomp profile, in every set of values', () => {
      for (const objects of everySet()) {
        expect(podOf(objects).securityContext).toMatchObject({
          runAsNonRoot: true,
          seccompProfile: { type: 'RuntimeDefault' },
          fsGroupChangePolicy: 'OnRootMismatch',
        });
      }
      expect(pod().securityContext).toMatchObject({ runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001 });
    });

    it('to a read-only root and no capability, in every set of values', () => {
      for (const objects of everySet()) {
        const { containers, initContainers } = podOf(objects);
        expect(initContainers).toBeUndefined();
        expect(containers).toHaveLength(1);
        expect(containers[0].securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
    });

    it('to numbers that the platform gives out, where it does', () => {
      const { securityContext } = pod({ security: { runAsUser: null, runAsGroup: null, fsGroup: null } });
      for (const name of ['runAsUser', 'runAsGroup', 'fsGroup'])
        expect(securityContext).not.toHaveProperty(name);
    });

    it('to an account of its own without a token', () => {
      expect(pod()).toMatchObject({ serviceAccountName: 'flowg', automountServiceAccountToken: false });
      expect(only(render(), 'ServiceAccount')).toMatchObject({ automountServiceAccountToken: false });
      const other = render({ serviceAccount: { create: false } });
      expect(podOf(other)).toMatchObject({
        serviceAccountName: 'default',
        automountServiceAccountToken: false,
      });
      expect(other.some(({ kind }) => kind === 'ServiceAccount')).toBe(false);
    });

    it('in memory, and asks for what it needs', () => {
      expect(container().resources).toEqual({
        requests: { cpu: '100m', memory: '512Mi' },
        limits: { memory: '2Gi' },
      });
    });
  });

  describe('is reached', () => {
    it('over one Service, which has the API and nothing else', () => {
      const { spec } = only(render(), 'Service', 'flowg');
      expect(spec.type).toBe('ClusterIP');
      expect(spec.ports).toEqual([{ name: 'http', port: 5080, targetPort: 'http', appProtocol: 'http' }]);
    });

    it('on the management port from inside the cluster only', () => {
      for (const objects of everySet()) {
        const services = objects.filter(
          ({ kind, spec }) => kind === 'Service' && /"mgmt"/.test(JSON.stringify(spec)),
        );
        expect(services.map(({ spec }) => spec.clusterIP)).toEqual(['None']);
      }
      expect(only(render(), 'StatefulSet').spec.serviceName).toBe('flowg-headless');
      expect(only(render(), 'Service', 'flowg-headless').spec.publishNotReadyAddresses).toBe(true);
    });

    it('by selectors that find the pod', () => {
      for (const objects of everySet()) {
        const { labels } = only(objects, 'StatefulSet').spec.template.metadata;
        const selectors = objects.flatMap(({ kind, spec }) => {
          if (kind === 'Service') return [spec.selector];
          if (kind === 'NetworkPolicy') return [spec.podSelector.matchLabels];
          return kind === 'StatefulSet' || kind === 'PodDisruptionBudget' ? [spec.selector.matchLabels] : [];
        });
        for (const selector of selectors) expect(labels).toMatchObject(selector);
        expect(selectors.length).toBeGreaterThan(2);
      }
    });

    it('by nobody on the syslog port, unless that is asked for', () => {
      expect(container().ports.map(({ name }: { name: string }) => name)).toEqual(['http', 'mgmt']);
      expect(render().some(({ metadata }) => metadata.name === 'flowg-syslog')).toBe(false);
    });

    it.each(['udp', 'tcp'])('by syslog over %s', (protocol) => {
      const objects = render({ syslog: { enabled: true, protocol, service: { type: 'LoadBalancer' } } });
      const upper = protocol.toUpperCase();
      const { spec } = only(objects, 'Service', 'flowg-syslog');
      expect(spec.ports).toEqual([{ name: 'syslog', protocol: upper, port: 514, targetPort: 'syslog' }]);
      expect(spec.externalTrafficPolicy).toBe('Local');
      expect(podOf(objects).containers[0].ports[2]).toEqual({
        name: 'syslog',
        containerPort: 5514,
        protocol: upper,
      });
      const rule = only(objects, 'NetworkPolicy').spec.ingress.at(-1);
      expect(rule.ports).toEqual([{ port: 'syslog', protocol: upper }]);
    });

    it('through an Ingress that lets large and slow restores pass', () => {
      const objects = render({
        ingress: { enabled: true, className: 'nginx', hosts: [{ host: 'logs.example.org' }] },
      });
      const { spec, metadata } = only(objects, 'Ingress');
      expect(spec.ingressClassName).toBe('nginx');
      expect(spec.rules).toEqual([
        {
          host: 'logs.example.org',
          http: {
            paths: [
              {
                path: '/',
                pathType: 'Prefix',
                backend: { service: { name: 'flowg', port: { name: 'http' } } },
              },
            ],
          },
        },
      ]);
      expect(metadata.annotations).toMatchObject({
        'nginx.ingress.kubernetes.io/proxy-body-size': '0',
        'nginx.ingress.kubernetes.io/proxy-request-buffering': 'off',
      });
      expect(render().some(({ kind }) => kind === 'Ingress')).toBe(false);
    });
  });

  describe('lets in', () => {
    const rules = (values: Values = {}) => only(render(values), 'NetworkPolicy').spec;
    const portsOf = (spec: any) => spec.ingress.map(({ ports }: any) => ports[0].port);

    it('everybody to the API and nobody to the management port, by default', () => {
      expect(portsOf(rules())).toEqual(['http']);
      expect(rules().policyTypes).toEqual(['Ingress']);
      expect(rules().ingress[0].from).toHaveLength(3);
    });

    it('those who are named, and never everybody because a list is empty', () => {
      const prometheus = [{ podSelector: { matchLabels: { app: 'prometheus' } } }];
      const spec = rules({ networkPolicy: { httpFrom: [], metricsFrom: prometheus } });
      expect(spec.ingress).toEqual([{ from: prometheus, ports: [{ port: 'mgmt' }] }]);
      for (const objects of everySet())
        for (const { kind, spec: policy } of objects)
          if (kind === 'NetworkPolicy')
            for (const { from } of policy.ingress) expect(from).not.toHaveLength(0);
    });

    it('out what is named and DNS, when that is restricted', () => {
      const egress = [{ to: [{ ipBlock: { cidr: '10.1.2.3/32' } }] }];
      const spec = rules({ networkPolicy: { restrictEgress: true, egress } });
      expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
      expect(spec.egress.map(({ ports }: any) => ports?.map(({ port }: any) => port))).toEqual([
        [53, 53],
        undefined,
      ]);
      expect(spec.egress[1]).toEqual(egress[0]);
    });
  });

  describe('is watched', () => {
    const PROBES = ['startupProbe', 'livenessProbe', 'readinessProbe'];

    it('by probes on the management port, ten minutes of patience for a start that migrates', () => {
      const probes = PROBES.map((name) => container()[name]);
      expect(probes.map(({ httpGet }) => httpGet)).toEqual([
        { path: '/health', port: 'mgmt', scheme: 'HTTP' },
        { path: '/health', port: 'mgmt', scheme: 'HTTP' },
        { path: '/ready', port: 'mgmt', scheme: 'HTTP' },
      ]);
      expect(probes[0].periodSeconds * probes[0].failureThreshold).toBe(600);
      expect(
        container({ probes: { liveness: { failureThreshold: 9 } } }).livenessProbe.failureThreshold,
      ).toBe(9);
    });

    it('over HTTPS exactly when the management port speaks TLS', () => {
      const scheme = (values: Values) => PROBES.map((name) => container(values)[name].httpGet.scheme);
      expect(scheme({ tls: { mgmt: { secretName: 'mine' } } })).toEqual(['HTTPS', 'HTTPS', 'HTTPS']);
      expect(scheme({ tls: { http: { secretName: 'mine' } } })).toEqual(['HTTP', 'HTTP', 'HTTP']);
    });

    it('by Prometheus, by the Service that has the management port, over HTTPS when that speaks TLS', () => {
      const values = {
        serviceMonitor: { enabled: true, tlsConfig: { serverName: 'flowg' } },
        networkPolicy: { metricsFrom: [{ podSelector: {} }] },
      };
      const objects = render(values);
      const { selector, endpoints } = only(objects, 'ServiceMonitor').spec;
      const found = objects.filter(({ kind, metadata }) => {
        const wanted = Object.entries(selector.matchLabels);
        return kind === 'Service' && wanted.every(([name, value]) => metadata.labels[name] === value);
      });
      expect(found.map(({ metadata }) => metadata.name)).toEqual(['flowg-headless']);
      expect(endpoints[0]).toMatchObject({ port: 'mgmt', path: '/metrics', scheme: 'http' });
      expect(endpoints[0].tlsConfig).toBeUndefined();
      const [secure] = only(render({ ...values, tls: { mgmt: { secretName: 'mine' } } }), 'ServiceMonitor')
        .spec.endpoints;
      expect(secure).toMatchObject({ scheme: 'https', tlsConfig: { serverName: 'flowg' } });
    });
  });

  describe('takes from you', () => {
    it('certificates, each listener its own, which only the server can read', () => {
      const objects = render({
        tls: {
          http: { secretName: 'one' },
          mgmt: { secretName: 'two' },
          syslog: { secretName: 'three', requireClientCertificate: true },
        },
        syslog: { enabled: true, protocol: 'tcp' },
      });
      const { volumes, containers } = podOf(objects);
      expect(volumes.map(({ name, secret }: any) => [name, secret.secretName, secret.defaultMode])).toEqual([
        ['tls-http', 'one', 0o440],
        ['tls-mgmt', 'two', 0o440],
        ['tls-syslog', 'three', 0o440],
      ]);
      const mounts = containers[0].volumeMounts.slice(1);
      expect(mounts.map(({ mountPath, readOnly }: any) => [mountPath, readOnly])).toEqual([
        ['/etc/flowg/tls/http', true],
        ['/etc/flowg/tls/mgmt', true],
        ['/etc/flowg/tls/syslog', true],
      ]);
      expect(only(objects, 'Service', 'flowg').spec.ports[0].appProtocol).toBe('https');
    });

    it('variables and volumes', () => {
      const extraEnv = [{ name: 'NODE_EXTRA_CA_CERTS', value: '/ca/ca.crt' }];
      const extraEnvFrom = [{ secretRef: { name: 'proxy' } }];
      const extraVolumes = [{ name: 'ca', configMap: { name: 'ca' } }];
      const extraVolumeMounts = [{ name: 'ca', mountPath: '/ca' }];
      const { volumes, containers } = pod({ extraEnv, extraEnvFrom, extraVolumes, extraVolumeMounts });
      expect(containers[0].env.at(-1)).toEqual(extraEnv[0]);
      expect(containers[0].envFrom).toEqual(extraEnvFrom);
      expect(volumes).toEqual(extraVolumes);
      expect(containers[0].volumeMounts.at(-1)).toEqual(extraVolumeMounts[0]);
    });

    it('the place of the pod, its labels and annotations', () => {
      const tolerations = [{ key: 'logs', operator: 'Exists' }];
      const values = { nodeSelector: { disk: 'ssd' }, tolerations, priorityClassName: 'high' };
      const labels = { podLabels: { team: 'logs' }, podAnnotations: { note: 'x' } };
      const { template } = only(render({ ...values, ...labels }), 'StatefulSet').spec;
      expect(template.spec).toMatchObject(values);
      expect(template.metadata.labels.team).toBe('logs');
      expect(template.metadata.annotations).toEqual({ note: 'x' });
    });

    it('an image by tag or by digest; its version is that of the chart otherwise', () => {
      const digest = `sha256:${'a'.repeat(64)}`;
      expect(container().image).toMatch(/^flowg-server:\d+\.\d+\.\d+$/);
      expect(container({ image: { repository: 'r/f', tag: '2' } }).image).toBe('r/f:2');
      expect(container({ image: { repository: 'r/f', tag: '2', digest } }).image).toBe(`r/f@${digest}`);
      expect(pod({ image: { pullSecrets: [{ name: 'mine' }] } }).imagePullSecrets).toEqual([
        { name: 'mine' },
      ]);
    });

    it('names, as long as Kubernetes can have them', () => {
      const objects = render({ fullnameOverride: `${'x'.repeat(51)}-y`, syslog: { enabled: true } });
      const set = only(objects, 'StatefulSet').metadata.name;
      expect(set).toBe('x'.repeat(51));
      expect(`${set}-0123456789`.length).toBeLessThan(64);
      for (const { metadata } of objects) expect(metadata.name.length).toBeLessThan(64);
    });
  });
});
