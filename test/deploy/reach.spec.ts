import { describe, expect, it } from 'vitest';
import { everySet, hasHelm, only, podOf, render, type Values } from './helm.js';

/** Who reaches which port, read from what helm renders. */
describe.skipIf(!hasHelm)('the server in the cluster', () => {
  const container = (values: Values = {}) => podOf(render(values)).containers[0];

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
});
