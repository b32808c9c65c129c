import { directFlow, startBenchServer } from './bench-server.js';
import type { BenchContext } from './benchmark.js';
import { fillEntries, logsFile, NEWEST_MS, STEP_MS } from './fill-entries.js';
import { HttpClient } from './http-client.js';

/** A server with a stream `bulk` of so many entries, indexed by `level` and `user`, and a pipeline `bulk` into it. */
export interface QueriedServer {
  url: string;
  pat: string;
  /** Where the entries are, for a reader beside the server. */
  file: string;
  /** Sends a query to the stream. */
  query(parameters: Record<string, string>): Promise<Buffer>;
}

/** Ends with the benchmark. */
export async function startQueriedServer(
  { workspace, onEnd, say }: BenchContext,
  entries: number,
): Promise<QueriedServer> {
  const dataDir = `${workspace}/${entries}`;
  const empty = await startBenchServer({ dataDir });
  const pipeline = { token: empty.pat, json: { flow: directFlow('bulk') } };
  await empty.server.ok('PUT', '/api/v1/pipelines/bulk', pipeline);
  await empty.server.stop();
  say(`filling ${entries.toLocaleString('en-US')} entries`);
  await fillEntries(dataDir, 'bulk', entries, ['level', 'user']);
  const server = await empty.server.restarted();
  onEnd(() => server.stop());
  const client = new HttpClient(server.url, 1);
  const headers = { Authorization: `Bearer pat:${empty.pat}` };
  onEnd(() => client.close());
  return {
    url: server.url,
    pat: empty.pat,
    file: await logsFile(dataDir),
    query: (parameters) =>
      client.send({
        method: 'GET',
        url: `${server.url}/api/v1/streams/bulk/logs?${new URLSearchParams(parameters).toString()}`,
        headers,
      }),
  };
}

/** The window of the newest entries, as a query asks for it. */
export function newest(entries: number): { from: string; to: string } {
  return windowFrom(NEWEST_MS - (entries - 1) * STEP_MS);
}

/** Everything since an instant, Unix milliseconds. */
export function windowFrom(fromMs: number): { from: string; to: string } {
  return { from: new Date(fromMs).toISOString(), to: new Date(NEWEST_MS + 1).toISOString() };
}
