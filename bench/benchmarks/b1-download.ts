import { join } from 'node:path';
import { ORDINARY_ENTRIES } from '../../test/support/fill-logs.js';
import type { Benchmark } from '../harness/benchmark.js';
import { fetchWithCurl } from '../harness/curl.js';
import { inTurns, ratioFigure } from '../harness/figures.js';
import { startFilledServer } from '../harness/filled-server.js';
import { PeerProcess } from '../harness/peer-process.js';

export const download: Benchmark = {
  id: 'B1',
  title: 'Download of a backup',
  measures:
    '`GET /backup/logs` over loopback into nothing, by curl. Beside it the same bytes from a server in Node that pipes a ' +
    'file into the response and neither hashes it nor takes note of anything.',
  async run(context) {
    const { sizes, workspace, onEnd } = context;
    const { server, pat } = await startFilledServer(context, sizes.megabytes, ORDINARY_ENTRIES);
    const url = `${server.url}/api/v1/backup/logs`;
    const file = join(workspace, 'logs.db');
    await fetchWithCurl(url, pat, file);
    const peer = await PeerProcess.start('file-server', file);
    onEnd(() => peer.stop());
    const speed = async (address: string) => (await fetchWithCurl(address, pat)).mebibytesPerSecond;
    const samples = await inTurns(sizes, { ours: () => speed(url), peer: () => speed(peer.url) });
    return [
      ratioFigure(
        { id: 'B1', unit: 'MiB/s', what: `backup of ${sizes.megabytes} MiB of logs` },
        samples.ours,
        { what: 'createReadStream piped into node:http', samples: samples.peer },
        { atLeast: 0.9 },
      ),
    ];
  },
};
