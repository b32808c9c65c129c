import autocannon from 'autocannon';

export interface LoadOptions {
  url: string;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
  /** Keep-alive connections, each with one request under way at a time. */
  connections: number;
  seconds: number;
  /** Requests per second, all connections together; as many as are answered where it is left out. */
  rate?: number;
}

export interface LoadResult {
  requestsPerSecond: number;
  /** Milliseconds. */
  p99: number;
}

/**
 * Sends the same request again and again.
 * @throws Error when one of them was not answered with 200: what fails fast is not fast.
 */
export async function load({
  url,
  method,
  headers,
  body,
  connections,
  seconds,
  rate,
}: LoadOptions): Promise<LoadResult> {
  const result = await autocannon({
    url,
    method,
    headers,
    body,
    connections,
    duration: seconds,
    overallRate: rate,
  });
  const failed = result.non2xx + result.errors + result.timeouts;
  if (failed > 0) throw new Error(`${failed} requests to ${url} failed`);
  return { requestsPerSecond: result.requests.total / result.duration, p99: result.latency.p99 };
}
