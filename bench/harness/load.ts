import autocannon from 'autocannon';
import { HAS_WRK, runWrk } from './wrk.js';

export interface LoadOptions {
  url: string;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  /** A list: each connection sends one after the other, and begins somewhere in it. */
  body?: string | string[];
  /** Keep-alive connections, each with one request under way at a time. */
  connections: number;
  seconds: number;
  /** Requests per second, all connections together; as many as are answered where it is left out. */
  rate?: number;
}

/** What sends the requests: wrk, where there is one, because autocannon takes a core that the server wants too. */
export const LOADED_BY = HAS_WRK ? 'wrk' : 'autocannon';

/**
 * Sends requests again and again, all of them alike but for their bodies.
 * @returns answers per second.
 * @throws Error when one of them was not answered with 200: what fails fast is not fast.
 */
export async function load(options: LoadOptions): Promise<number> {
  const { requests, seconds, failed } = await (HAS_WRK && options.rate === undefined
    ? byWrk(options)
    : byAutocannon(options));
  if (failed > 0) throw new Error(`${failed} requests to ${options.url} failed`);
  return requests / seconds;
}

function byWrk({ method = 'GET', headers = {}, body = [], ...options }: LoadOptions) {
  return runWrk({ ...options, method, headers, bodies: [body].flat() });
}

async function byAutocannon({ body, seconds, rate, ...options }: LoadOptions) {
  const result = await autocannon({
    ...options,
    ...(Array.isArray(body) ? { setupClient: (client) => sendInTurn(client, body, options) } : { body }),
    duration: seconds,
    overallRate: rate,
  });
  const failed = result.non2xx + result.errors + result.timeouts;
  return { requests: result.requests.total, seconds: result.duration, failed };
}

function sendInTurn(
  client: autocannon.Client,
  bodies: string[],
  { url, method, headers }: Pick<LoadOptions, 'url' | 'method' | 'headers'>,
): void {
  const start = Math.floor(Math.random() * bodies.length);
  const inTurn = [...bodies.slice(start), ...bodies.slice(0, start)];
  const path = new URL(url).pathname;
  client.setRequests(inTurn.map((body) => ({ method, path, headers, body })));
}
