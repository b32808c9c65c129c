import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BenchServer, startBenchServer } from '../harness/bench-server.js';
import type { BenchContext, Benchmark } from '../harness/benchmark.js';
import { inTurns, ratioFigure } from '../harness/figures.js';
import { fillTokens } from '../harness/fill-tokens.js';
import { load } from '../harness/load.js';

const CONNECTIONS = 20;
const FEW = 10;
const MANY = 100_000;
const ROUTE = '/api/v1/auth/whoami';

export const authentication: Benchmark = {
  id: 'I4',
  title: 'Authentication by token',
  measures:
    `${CONNECTIONS} connections ask \`GET ${ROUTE}\` with a Personal Access Token or a JSON Web Token, of a server that ` +
    `has ${FEW} tokens and of one that has ${MANY.toLocaleString('en-US')}. Beside it the same server with its guard ` +
    'replaced by one that believes everybody to be root.',
  async run(context) {
    const few = await startWith(context, FEW);
    const many = await startWith(context, MANY);
    const open = await startOpen(context);
    const ask = async ({ server }: BenchServer, token: string) => {
      const options = {
        url: server.url + ROUTE,
        connections: CONNECTIONS,
        seconds: context.sizes.seconds / 2,
      };
      return (await load({ ...options, headers: { Authorization: `Bearer ${token}` } })).requestsPerSecond;
    };
    const measurements = {
      open: () => ask(open, `pat:${open.pat}`),
      patOfFew: () => ask(few, `pat:${few.pat}`),
      patOfMany: () => ask(many, `pat:${many.pat}`),
      jwtOfFew: () => ask(few, `jwt:${few.jwt}`),
      jwtOfMany: () => ask(many, `jwt:${many.jwt}`),
    };
    const samples = await inTurns(context.sizes.rounds, measurements, 2);
    const figure = (
      what: string,
      ours: number[],
      limit: { what: string; samples: number[] },
      atLeast: number,
    ) => ratioFigure({ id: 'I4', what, unit: 'requests/s' }, ours, limit, { atLeast });
    const unguarded = { what: 'the same route without a guard', samples: samples.open };
    const manyTokens = `${MANY.toLocaleString('en-US')} tokens`;
    return [
      figure(`PAT, ${FEW} tokens`, samples.patOfFew, unguarded, 0.8),
      figure(`PAT, ${manyTokens}`, samples.patOfMany, unguarded, 0.8),
      figure(`JWT, ${FEW} tokens`, samples.jwtOfFew, unguarded, 0.8),
      figure(`JWT, ${manyTokens}`, samples.jwtOfMany, unguarded, 0.8),
      figure(
        `PAT, ${manyTokens}, beside ${FEW}`,
        samples.patOfMany,
        { what: `PAT, ${FEW} tokens`, samples: samples.patOfFew },
        0.9,
      ),
    ];
  },
};

async function startWith({ workspace, onEnd }: BenchContext, tokens: number): Promise<BenchServer> {
  const dataDir = join(workspace, `tokens-${tokens}`);
  const empty = await startBenchServer({ dataDir });
  await empty.server.stop();
  await fillTokens(dataDir, tokens);
  const started = await startBenchServer({ dataDir });
  onEnd(() => started.server.stop());
  return started;
}

async function startOpen({ workspace, onEnd }: BenchContext): Promise<BenchServer> {
  const guard = fileURLToPath(new URL('../peers/no-token-guard.js', import.meta.url));
  // What is loaded first uses the thread pool before the server can say how large it has to be.
  const env = { NODE_OPTIONS: `--import=${guard}`, UV_THREADPOOL_SIZE: '16' };
  const started = await startBenchServer({ dataDir: join(workspace, 'open'), env });
  onEnd(() => started.server.stop());
  return started;
}
