import { describe, expect, it } from 'vitest';
import { everySet, hasHelm, only, podOf, render, type Values } from './helm.js';

/** Read from what helm renders: what the README of the chart promises, and the weaknesses of FlowG's own chart that it must not have. */
describe.skipIf(!hasHelm)('the chart', () => {
  const pod = (values: Values = {}) => podOf(render(values));
  const container = (values: Values = {}) => pod(values).containers[0];

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

    it('on storage of no class, where that is said', () => {
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
