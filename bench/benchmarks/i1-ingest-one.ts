import { oneRecord, startBenchServer } from '../harness/bench-server.js';
import type { Benchmark } from '../harness/benchmark.js';
import { inTurns, ratioFigure } from '../harness/figures.js';
import { load } from '../harness/load.js';
import { PeerProcess } from '../harness/peer-process.js';

const CONNECTIONS = 50;

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
    const send = async (url: string) => {
      const { seconds } = sizes;
      return load({ ...oneRecord(url, pat), connections: CONNECTIONS, seconds });
    };
    const samples = await inTurns(sizes.rounds, {
      ours: () => send(server.url),
      http: () => send(http.url),
      express: () => send(express.url),
    });
    const described = { id: 'I1', unit: 'requests/s' };
    return [
      ratioFigure(
        { ...described, what: 'one record per request, beside node:http' },
        samples.ours,
        { what: 'node:http that parses the same JSON', samples: samples.http },
        { atLeast: 0.4 },
      ),
      ratioFigure(
        { ...described, what: 'one record per request, beside Express' },
        samples.ours,
        { what: 'Express 5 with its JSON parser', samples: samples.express },
        { atLeast: 1.5 },
      ),
    ];
  },
};
