import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeCluster } from './fake-cluster.js';
import { CHART, hasHelm, HELM, objectsOf, only, render, type Rendered } from './helm.js';

let cluster: FakeCluster;
let folder: string;

beforeEach(async () => {
  cluster = await FakeCluster.start();
  folder = await mkdtemp(join(tmpdir(), 'flowg-cluster-'));
});
afterEach(async () => {
  await cluster.stop();
  await rm(folder, { recursive: true });
});

/** Renders as an installation or upgrade does: with what the cluster has. */
async function renderInCluster(...more: string[]): Promise<Rendered[]> {
  const kubeconfig = join(folder, 'kubeconfig');
  await cluster.writeKubeconfig(kubeconfig);
  const args = [
    'template',
    'flowg',
    CHART,
    '--namespace',
    'logs',
    '--dry-run=server',
    '--disable-openapi-validation',
    ...more,
  ];
  const { stdout } = await promisify(execFile)(HELM, args, { env: { HOME: folder, KUBECONFIG: kubeconfig } });
  return objectsOf(stdout);
}

const decoded = (secret: Rendered) =>
  Object.fromEntries(
    Object.entries<string>(secret.data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );

describe.skipIf(!hasHelm)('the Secret', () => {
  it('is made with values that nobody can guess', async () => {
    const [first, second] = [await renderInCluster(), await renderInCluster()].map((objects) =>
      decoded(only(objects, 'Secret')),
    );
    expect(first).toEqual({
      'secret-key': expect.stringMatching(/^[A-Za-z0-9]{48}$/),
      'initial-user': 'root',
      'initial-password': expect.stringMatching(/^[A-Za-z0-9]{24}$/),
    });
    expect(second!['secret-key']).not.toBe(first!['secret-key']);
    expect(second!['initial-password']).not.toBe(first!['initial-password']);
  });

  it('stays as it is at every upgrade', async () => {
    const made = only(await renderInCluster(), 'Secret');
    cluster.keep('logs', made);
    const upgraded = only(await renderInCluster('--is-upgrade', '--set', 'auth.initialUser=other'), 'Secret');
    expect(cluster.asked).toContain('/api/v1/namespaces/logs/secrets/flowg');
    expect(upgraded).toEqual(made);
  });

  it('gets what it lacks, and keeps the rest', async () => {
    const data = { 'secret-key': Buffer.from('a key of an earlier chart').toString('base64') };
    cluster.keep('logs', { ...only(render(), 'Secret'), data });
    const completed = decoded(only(await renderInCluster('--is-upgrade'), 'Secret'));
    expect(completed).toMatchObject({ 'secret-key': 'a key of an earlier chart', 'initial-user': 'root' });
    expect(completed['initial-password']).toHaveLength(24);
  });

  it('stays when the release is uninstalled, as the volume does, and serves the next one of the same name', async () => {
    const made = only(await renderInCluster(), 'Secret');
    expect(made.metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
    const ownedBy = { 'meta.helm.sh/release-name': 'flowg', 'meta.helm.sh/release-namespace': 'logs' };
    cluster.keep('logs', { ...made, metadata: { ...made.metadata, annotations: ownedBy } });
    expect(decoded(only(await renderInCluster(), 'Secret'))).toEqual(decoded(made));
  });

  it('is one of yours when you name it; then rendering is the same each time', async () => {
    const values = { auth: { existingSecret: 'mine' } };
    const objects = render(values);
    expect(objects.some(({ kind }) => kind === 'Secret')).toBe(false);
    expect(render(values)).toEqual(objects);
    expect(await renderInCluster('--set', 'auth.existingSecret=mine')).toEqual(objects);
  });

  it.each([
    ['flowg', {}],
    ['mine', { auth: { existingSecret: 'mine' } }],
  ])('gives the server its first user, password and key: %s', (name, values) => {
    const objects = render(values);
    const { env } = only(objects, 'StatefulSet').spec.template.spec.containers[0];
    const fromSecret = env.filter(({ valueFrom }: any) => valueFrom);
    expect(
      fromSecret.map(({ name: variable, valueFrom }: any) => [variable, valueFrom.secretKeyRef]),
    ).toEqual([
      ['FLOWG_AUTH_INITIAL_PASSWORD', { name, key: 'initial-password' }],
      ['FLOWG_AUTH_INITIAL_USER', { name, key: 'initial-user' }],
      ['FLOWG_SECRET_KEY', { name, key: 'secret-key' }],
      // The way back in: not there but for the one start that needs it.
      ['FLOWG_AUTH_RESET_PASSWORD', { name, key: 'reset-password', optional: true }],
      ['FLOWG_AUTH_RESET_USER', { name, key: 'reset-user', optional: true }],
    ]);
    const made = objects.find(({ kind }) => kind === 'Secret');
    const needed = fromSecret.filter(({ valueFrom }: any) => !valueFrom.secretKeyRef.optional);
    if (made)
      expect(Object.keys(made.data).toSorted()).toEqual(
        needed.map(({ valueFrom }: any) => valueFrom.secretKeyRef.key).toSorted(),
      );
  });
});
