import { availableParallelism } from 'node:os';
import { PipelineClient } from '../../test/pipelines/pipeline-client.js';
import { lines, saveReferencePipeline } from '../../test/pipelines/reference-pipeline.js';
import { startBenchServer } from '../harness/bench-server.js';
import type { Benchmark } from '../harness/benchmark.js';
import { inTurns, ratioFigure } from '../harness/figures.js';
import { load } from '../harness/load.js';
import { measureIn } from '../harness/measured-peer.js';
import { PeerProcess } from '../harness/peer-process.js';

/** As many as it takes to keep both the event loop and a thread for scripts busy: each record waits for two scripts. */
const CONNECTIONS = 100;
/** For requests of all 108 lines. */
const BATCH_CONNECTIONS = 8;

/** What the server takes by itself, said here because the peer must have as many. */
const THREADS = Math.max(1, Math.min(4, availableParallelism() - 1));

const NOTE =
  'the event loop and the thread for scripts wait for each other twice for each record, and few records share what ' +
  'compiling costs: see the end of bench/README.md';

const LIMIT = 'the same scripts in bare loops';

export const referencePipeline: Benchmark = {
  id: 'I3',
  title: "The reference's benchmark: two scripts and four switches for each record",
  measures:
    `The reference's own benchmark: a line of syslog is taken apart by one script, goes through four switches and is ` +
    `taken apart by a second one. ${CONNECTIONS} connections send one line per request, or ${BATCH_CONNECTIONS} all ` +
    `${lines.length} of them; each is answered when the records are synced to disk. Beside it the same two scripts on ` +
    `the same lines in a loop, compiled for each record as the library does it, in as many threads (${THREADS}), ` +
    'without server, switches and storing.',
  async run({ sizes, workspace, onEnd }) {
    const env = { FLOWG_VRL_WORKERS: String(THREADS) };
    const { server, pat } = await startBenchServer({ dataDir: workspace, env });
    onEnd(() => server.stop());
    await saveReferencePipeline(new PipelineClient(server, pat), 'reference');
    const loops = await PeerProcess.start('vrl-loop', String(THREADS));
    onEnd(() => loops.stop());
    const records = lines.map(({ line }) => ({ message: line }));
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer pat:${pat}` };
    const url = `${server.url}/api/v1/pipelines/reference/logs`;
    const common = { method: 'POST', headers, seconds: sizes.seconds } as const;
    const measurements = {
      single: async () => {
        const body = records.map((record) => JSON.stringify({ record }));
        return load({ ...common, url, body, connections: CONNECTIONS });
      },
      batched: async () => {
        const options = { ...common, url: `${url}/struct`, body: JSON.stringify({ records }) };
        return (await load({ ...options, connections: BATCH_CONNECTIONS })) * records.length;
      },
      bare: () => measureIn(loops, { seconds: sizes.seconds }),
    };
    const samples = await inTurns(sizes, measurements, 1);
    const described = { id: 'I3', unit: 'records/s' };
    const limit = { what: LIMIT, samples: samples.bare };
    const target = { atLeast: 0.7 };
    return [
      ratioFigure({ ...described, what: 'one line per request', note: NOTE }, samples.single, limit, target),
      ratioFigure(
        { ...described, what: `${lines.length} lines per request` },
        samples.batched,
        limit,
        target,
      ),
    ];
  },
};
