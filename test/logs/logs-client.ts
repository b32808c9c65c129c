import type { Answer, TestServer } from '../support/test-server.js';

export interface LogRecord {
  timestamp: string;
  fields: Record<string, string>;
}

/** A window that everything is in. */
export const ALWAYS = 'from=1970-01-01T00:00:00Z&to=9999-12-31T23:59:59Z';

/** The routes of the logs module, as one user. */
export class LogsClient {
  constructor(
    readonly server: TestServer,
    readonly token: string | undefined,
  ) {}

  request<Body = any>(method: string, path: string, json?: unknown): Promise<Answer<Body>> {
    return this.server.request(method, `/api/v1/${path}`, { token: this.token, json });
  }

  ok<Body = any>(method: string, path: string, json?: unknown): Promise<Body> {
    return this.server.ok(method, `/api/v1/${path}`, { token: this.token, json });
  }

  /** A pipeline that stores what it gets in each of these streams. */
  async route(pipeline: string, ...streams: string[]): Promise<void> {
    const nodes = [
      { id: 'in', type: 'source', data: { type: 'direct' } },
      ...streams.map((stream, n) => ({ id: `out-${n}`, type: 'router', data: { stream } })),
    ];
    const edges = streams.map((_, n) => ({ id: `e-${n}`, source: 'in', target: `out-${n}` }));
    const flow = { version: 1, nodes, edges };
    await this.ok('PUT', `pipelines/${encodeURIComponent(pipeline)}`, { flow });
  }

  /** Sends a record that must be stored. */
  async ingest(pipeline: string, record: Record<string, string>): Promise<void> {
    await this.ok('POST', `pipelines/${encodeURIComponent(pipeline)}/logs`, { record });
  }

  /** Sends numbered records `{n: '0'}` … over several connections at once. */
  async ingestMany(pipeline: string, count: number, connections = 32): Promise<void> {
    let next = 0;
    const sender = async () => {
      while (next < count) await this.ingest(pipeline, { n: String(next++) });
    };
    await Promise.all(Array.from({ length: connections }, sender));
  }

  /** Fills a stream quickly: each record goes into it a hundred times. `count` is a multiple of 100. */
  async fill(stream: string, count: number): Promise<void> {
    await this.route(`fill-${stream}`, ...Array.from<string>({ length: 100 }).fill(stream));
    await this.ingestMany(`fill-${stream}`, count / 100, 8);
  }

  async records(stream: string, query = ALWAYS): Promise<LogRecord[]> {
    return (await this.ok('GET', `streams/${encodeURIComponent(stream)}/logs?${query}`)).records;
  }
}
