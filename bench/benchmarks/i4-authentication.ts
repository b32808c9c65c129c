import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestServer } from '../../test/support/test-server.js';
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
    const ask = async (server: TestServer, token: string) => {
      const options = {
        url: server.url + ROUTE,
        connections: CONNECTIONS,
        seconds: context.sizes.seconds / 2,
      };
      return load({ ...options, headers: { Authorization: `Bearer ${token}` } });
    };
    const measurements = {
      open: () => ask(open, 'pat:whatever'),
      patOfFew: () => ask(few.server, `pat:${few.pat}`),
      patOfMany: () => ask(many.server, `pat:${many.pat}`),
      jwtOfFew: () => ask(few.server, `jwt:${few.jwt}`),
      jwtOfMany: () => ask(many.server, `jwt:${many.jwt}`),
    };
    const samples = await inTurns(context.sizes, measurements, 2);
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

/** Not from the one file that is started otherwise, in which no guard can be replaced. */
async function startOpen({ workspace, onEnd }: BenchContext): Promise<TestServer> {
  const program = fileURLToPath(new URL('../peers/unguarded-server.js', import.meta.url));
  const server = await TestServer.start({
    dataDir: join(workspace, 'open'),
    env: { UV_THREADPOOL_SIZE: '16' },
    shell: `set -- '${program}'`,
  });
  onEnd(() => server.stop());
  return server;
}
