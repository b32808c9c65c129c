import { oneRecord } from '../harness/bench-server.js';
import type { Benchmark, BenchContext, Figure, Target } from '../harness/benchmark.js';
import { NEWEST_MS } from '../harness/fill-entries.js';
import { inTurns, median, ratioFigure } from '../harness/figures.js';
import { load } from '../harness/load.js';
import { type QueriedServer, startQueriedServer, windowFrom } from '../harness/queried-server.js';
import { shortNumber } from '../harness/table.js';
import { medianTime } from '../harness/timing.js';

const RUNS = 40;
const EVERYTHING = { from: '1970-01-01T00:00:00Z', to: '9999-12-31T23:59:59Z', limit: '100' };
const FLAT = 1.3;

export const growth: Benchmark = {
  id: 'Q2',
  title: 'Queries and ingest as the stream grows',
  measures:
    'Servers whose streams have 0.02, 0.2 and 1 times the given entries (0.1, 1 and 5 million by default) answer the same ' +
    'queries and take single records, in turns; the largest is compared with the smallest.',
  async run(context) {
    const { sizes } = context;
    const servers = {
      small: await startQueriedServer(context, sizes.entries / 50),
      middle: await startQueriedServer(context, sizes.entries / 5),
      large: await startQueriedServer(context, sizes.entries),
    };
    const cases: Record<string, (server: QueriedServer) => Promise<number>> = {
      'newest 100': first({}),
      'a window of one minute': first({ ...windowFrom(NEWEST_MS - 60_000), limit: '10000' }),
      '100 by an index': first({ filter: 'level = "error"' }),
    };
    const figures = [];
    for (const [what, ask] of Object.entries(cases))
      figures.push(growthFigure(what, 'ms', await inAllSizes(ask), { atMost: FLAT }));
    const rates = await inAllSizes((server) => ingestRate(context, server));
    return [
      ...figures,
      growthFigure('ingest of one record per request', 'requests/s', rates, { atLeast: 0.77 }),
    ];

    async function inAllSizes(ask: (server: QueriedServer) => Promise<number>) {
      for (const server of Object.values(servers)) await ask(server);
      return inTurns(sizes, {
        small: () => ask(servers.small),
        middle: () => ask(servers.middle),
        large: () => ask(servers.large),
      });
    }
  },
};

function first(parameters: Record<string, string>) {
  return (server: QueriedServer) => medianTime(RUNS, () => server.query({ ...EVERYTHING, ...parameters }));
}

/** Into the stream itself, with its indexes. */
async function ingestRate({ sizes }: BenchContext, { url, pat }: QueriedServer): Promise<number> {
  const request = oneRecord(url, pat, 'bulk');
  return load({ ...request, connections: 50, seconds: sizes.seconds });
}

function growthFigure(
  what: string,
  unit: string,
  { small, middle, large }: Record<'small' | 'middle' | 'large', number[]>,
  target: Target,
): Figure {
  const limit = { what: 'the smallest', samples: small };
  const note = `${shortNumber(median(middle))} ${unit} in the middle`;
  return ratioFigure({ id: 'Q2', what, unit, note }, large, limit, target);
}
