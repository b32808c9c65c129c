import { TestServer, type StartOptions } from '../../test/support/test-server.js';

/** A log of the kind that a web server writes. */
export const RECORD = {
  level: 'info',
  host: 'web-01',
  app: 'shop',
  message: 'GET /cart HTTP/1.1 200 took 12ms for user 17482 with session 9f8a7c6d5e4b3a21',
};

/** A running server with what every benchmark needs: both kinds of token, and a pipeline `direct` into stream `bench`. */
export interface BenchServer {
  server: TestServer;
  jwt: string;
  pat: string;
}

export async function startBenchServer(options: StartOptions = {}): Promise<BenchServer> {
  const server = await TestServer.start(options);
  const jwt = await server.login();
  const pat = await server.createToken(jwt);
  await server.ok('PUT', '/api/v1/pipelines/direct', { token: pat, json: { flow: directFlow('bench') } });
  return { server, jwt, pat };
}

/** A pipeline that stores what comes in as it is. */
export function directFlow(stream: string) {
  const position = { x: 0, y: 0 };
  return {
    nodes: [
      { id: 'in', type: 'source', position, data: { type: 'direct' } },
      { id: 'out', type: 'router', position, data: { stream } },
    ],
    edges: [{ id: 'e', source: 'in', sourceHandle: '', target: 'out', targetHandle: '' }],
  };
}

/** A request that stores one record. @param url of a server, or of a peer that takes the same requests. */
export function oneRecord(url: string, pat: string, pipeline = 'direct') {
  return {
    url: `${url}/api/v1/pipelines/${pipeline}/logs`,
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer pat:${pat}` },
    body: JSON.stringify({ record: RECORD }),
  } as const;
}
