import { join } from 'node:path';
import { RECORD, startBenchServer } from '../harness/bench-server.js';
import type { BenchContext, Benchmark, Figure } from '../harness/benchmark.js';
import { inTurns, ratioFigure } from '../harness/figures.js';
import { load } from '../harness/load.js';
import { measureIn } from '../harness/measured-peer.js';
import { PeerProcess } from '../harness/peer-process.js';

/** Until V8 has compiled what a request takes. */
const WARM_UP_ROUNDS = 1;
const CONNECTIONS = 4;
const BATCHES = [100, 1000];

export const ingestMany: Benchmark = {
  id: 'I2',
  title: 'Ingest of many records per request',
  measures:
    `${CONNECTIONS} connections send ${BATCHES.join(' or ')} records per request; each is answered when they are ` +
    'synced to disk. Beside it the `sqlite3` package in a process of its own, which stores the same rows in the same ' +
    'table and index, one statement and one sync for as many rows as a request has: no HTTP, no pipeline, no list of ' +
    "fields, no sums of a stream's size.",
  async run(context) {
    const { sizes, workspace, onEnd } = context;
    const { server, pat } = await startBenchServer({ dataDir: join(workspace, 'server') });
    onEnd(() => server.stop());
    const raw = await startRaw(context);
    const figures: Figure[] = [];
    for (const batch of BATCHES) {
      const measurements = {
        ours: async () => {
          const requests = await load({
            url: `${server.url}/api/v1/pipelines/direct/logs/struct`,
            method: 'POST',
            headers: { 'Content-Type': 'application/json', Authorization: `Bearer pat:${pat}` },
            body: JSON.stringify({ records: Array.from({ length: batch }, () => RECORD) }),
            connections: CONNECTIONS,
            seconds: sizes.seconds,
          });
          return requests * batch;
        },
        raw: () => measureIn(raw, { batch, seconds: sizes.seconds }),
      };
      const samples = await inTurns(sizes, measurements, WARM_UP_ROUNDS);
      figures.push(
        ratioFigure(
          { id: 'I2', what: `${batch} records per request`, unit: 'records/s' },
          samples.ours,
          { what: 'sqlite3 alone, the same batches', samples: samples.raw },
          { atLeast: 0.6 },
        ),
      );
    }
    return figures;
  },
};

/** On the database of a server that was started once, for the tables, and stopped. */
async function startRaw({ workspace, onEnd }: BenchContext): Promise<PeerProcess> {
  const dataDir = join(workspace, 'raw');
  const { server } = await startBenchServer({ dataDir });
  await server.stop();
  const raw = await PeerProcess.start('raw-sqlite', join(dataDir, 'logs', '0001.db'));
  onEnd(() => raw.stop());
  return raw;
}
