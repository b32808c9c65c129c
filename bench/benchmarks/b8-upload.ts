import { join } from 'node:path';
import { ORDINARY_ENTRIES } from '../../test/support/fill-logs.js';
import type { Benchmark } from '../harness/benchmark.js';
import { fetchWithCurl } from '../harness/curl.js';
import { inTurns, ratioFigure } from '../harness/figures.js';
import { startFilledServer } from '../harness/filled-server.js';
import { PeerProcess } from '../harness/peer-process.js';
import { sendFile } from '../harness/send-file.js';

export const upload: Benchmark = {
  id: 'B8',
  title: 'Reception of an upload',
  measures:
    'How fast the bytes of a restore are taken: from the first to the last of them, before the check of B7, to which also ' +
    'counts whatever is not yet synced by then. Beside it a server in Node that writes the same body to disk: until it ' +
    'has taken the last byte, and until it has synced and answered.',
  async run(context) {
    const { sizes, workspace, onEnd } = context;
    const { server, pat } = await startFilledServer(context, sizes.megabytes, ORDINARY_ENTRIES);
    const file = join(workspace, 'logs.db');
    await fetchWithCurl(`${server.url}/api/v1/backup/logs`, pat, file);
    const peer = await PeerProcess.start('upload-sink', join(workspace, 'sink'));
    onEnd(() => peer.stop());
    const speed = (ms: number) => sizes.megabytes / (ms / 1000);
    const synced: number[] = [];
    const samples = await inTurns(sizes, {
      ours: async () => speed((await sendFile(`${server.url}/api/v1/restore/logs`, pat, file)).handedOverMs),
      peer: async () => {
        const { handedOverMs, answeredMs } = await sendFile(peer.url, pat, file);
        synced.push(speed(answeredMs));
        return speed(handedOverMs);
      },
    });
    const described = { id: 'B8', unit: 'MiB/s' };
    return [
      ratioFigure(
        { ...described, what: `${sizes.megabytes} MiB taken` },
        samples.ours,
        { what: 'node:http that writes and syncs', samples: synced },
        { atLeast: 0.8 },
      ),
      ratioFigure({ ...described, what: `${sizes.megabytes} MiB taken, strictly` }, samples.ours, {
        what: 'the same, before it has synced',
        samples: samples.peer,
      }),
    ];
  },
};
