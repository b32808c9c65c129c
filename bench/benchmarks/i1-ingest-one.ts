import { oneRecord, startBenchServer } from '../harness/bench-server.js';
import type { Benchmark } from '../harness/benchmark.js';
import { inTurns, ratioFigure } from '../harness/figures.js';
import { load } from '../harness/load.js';
import { PeerProcess } from '../harness/peer-process.js';
import { withProcessorTime } from '../harness/processor-time.js';

const CONNECTIONS = 50;
/** Until V8 has compiled what a request takes. */
const WARM_UP_ROUNDS = 1;

export const ingestOne: Benchmark = {
  id: 'I1',
  title: 'Ingest of one record per request',
  measures:
    `${CONNECTIONS} keep-alive connections send one record per request with a Personal Access Token; each is answered ` +
    'when the record is synced to disk. Beside it servers that read and parse the same JSON and store nothing.',
  async run({ sizes, workspace, onEnd }) {
    const { server, pat } = await startBenchServer({ dataDir: workspace });
    onEnd(() => server.stop());
    const http = await PeerProcess.start('bare-http');
    onEnd(() => http.stop());
    const express = await PeerProcess.start('bare-express');
    onEnd(() => express.stop());
    const send = async ({ url, pid }: { url: string; pid: number }) => {
      const { seconds } = sizes;
      const sent = await withProcessorTime(pid, () =>
        load({ ...oneRecord(url, pat), connections: CONNECTIONS, seconds }),
      );
      return { rate: sent.result, microseconds: (1e6 * sent.processorSeconds) / (sent.result * seconds) };
    };
    const samples = await inTurns(
      sizes,
      { ours: () => send(server), http: () => send(http), express: () => send(express) },
      WARM_UP_ROUNDS,
    );
    const rates = (who: keyof typeof samples) => samples[who].map(({ rate }) => rate);
    const times = (who: keyof typeof samples) => samples[who].map(({ microseconds }) => microseconds);
    const described = { id: 'I1', unit: 'requests/s' };
    const parsing = 'node:http that parses the same JSON';
    return [
      ratioFigure(
        { ...described, what: 'one record per request, beside node:http' },
        rates('ours'),
        { what: parsing, samples: rates('http') },
        { atLeast: 0.4 },
      ),
      ratioFigure(
        { ...described, what: 'one record per request, beside Express' },
        rates('ours'),
        { what: 'Express 5 with its JSON parser', samples: rates('express') },
        { atLeast: 1.5 },
      ),
      ratioFigure(
        { id: 'I1', unit: 'µs', what: 'what a request takes of all cores, without the client' },
        times('ours'),
        { what: parsing, samples: times('http') },
      ),
    ];
  },
};
