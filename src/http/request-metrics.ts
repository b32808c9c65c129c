import { Counter, Histogram } from 'prom-client';

/** In prom-client's own registry, which `management/` serves. */
const requests = new Counter({
  name: 'flowg_http_requests_total',
  help: 'Requests that have ended; status "cut" when the connection did before the answer',
  labelNames: ['method', 'route', 'status'],
});

const durations = new Histogram({
  name: 'flowg_http_request_duration_seconds',
  help: 'From the head of a request to the end of its answer',
  labelNames: ['method', 'route'],
  buckets: [0.005, 0.025, 0.1, 0.5, 2.5, 10, 60],
});

/** Looked up by what is counted: to find a series by its labels takes longer than to count. */
const series = new Map<string, { count: Counter.Internal; duration: Histogram.Internal<string> }>();

/** @param route as it is declared (`/api/v1/streams/:stream`); `none` where there is none, so that nobody can make new ones. */
export function countRequest(
  method: string,
  route: string,
  { status, seconds }: { status: string; seconds: number },
): void {
  const key = `${method} ${route} ${status}`;
  let found = series.get(key);
  if (!found) {
    found = {
      count: requests.labels({ method, route, status }),
      duration: durations.labels({ method, route }),
    };
    series.set(key, found);
  }
  found.count.inc();
  found.duration.observe(seconds);
}
