import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stringify } from 'yaml';
import type { Rendered } from './helm.js';

/** By the path under which a cluster lists them: [plural, kind]. */
const RESOURCES: Record<string, [string, string][]> = {
  '/api/v1': [
    ['secrets', 'Secret'],
    ['services', 'Service'],
    ['serviceaccounts', 'ServiceAccount'],
  ],
  '/apis/apps/v1': [['statefulsets', 'StatefulSet']],
  '/apis/networking.k8s.io/v1': [['networkpolicies', 'NetworkPolicy']],
};
const GROUPS = ['apps', 'networking.k8s.io'];

/** As much of a cluster's API as helm needs to look up a Secret. */
export class FakeCluster {
  /** Paths that somebody asked for. */
  readonly asked: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly secrets: Map<string, object>,
  ) {}

  static async start(): Promise<FakeCluster> {
    const server = createServer().listen(0, '127.0.0.1');
    const cluster = new FakeCluster(server, new Map());
    server.on('request', (request, response) => {
      const path = request.url!.split('?')[0]!;
      cluster.asked.push(path);
      const found = cluster.answer(path);
      const body = found ?? {
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        reason: 'NotFound',
        code: 404,
      };
      response.writeHead(found ? 200 : 404, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    });
    await once(server, 'listening');
    return cluster;
  }

  /** What `kubectl apply` would leave in the namespace. */
  keep(namespace: string, secret: Rendered): void {
    this.secrets.set(`/api/v1/namespaces/${namespace}/secrets/${secret.metadata.name}`, secret);
  }

  async writeKubeconfig(path: string): Promise<void> {
    const { port } = this.server.address() as AddressInfo;
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'fake', cluster: { server: `http://127.0.0.1:${port}` } }],
      contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'nobody' } }],
      users: [{ name: 'nobody', user: {} }],
      'current-context': 'fake',
    };
    await writeFile(path, stringify(config));
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private answer(path: string): object | undefined {
    if (path === '/version') return { major: '1', minor: '33', gitVersion: 'v1.33.0' };
    if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
    if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: GROUPS.map(groupOf) };
    if (path in RESOURCES) return resourceList(path);
    return this.secrets.get(path);
  }
}

function groupOf(name: string): object {
  const version = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [version], preferredVersion: version };
}

function resourceList(path: string): object {
  return {
    kind: 'APIResourceList',
    groupVersion: path.replace(/^\/apis?\//, ''),
    resources: RESOURCES[path]!.map(([name, kind]) => ({ name, kind, namespaced: true, verbs: ['get'] })),
  };
}
