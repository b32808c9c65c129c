import { join } from 'node:path';
import { residentBytes } from '../../test/support/backup-client.js';
import { LARGE_ENTRIES } from '../../test/support/fill-logs.js';
import { PeakMemory } from '../../test/support/peak-memory.js';
import type { BenchServer } from '../harness/bench-server.js';
import type { Benchmark, Figure } from '../harness/benchmark.js';
import { fetchWithCurl } from '../harness/curl.js';
import { boundFigure, ratioFigure } from '../harness/figures.js';
import { startFilledServer } from '../harness/filled-server.js';
import { sendFile } from '../harness/send-file.js';

const MEBIBYTE = 1024 * 1024;
const TIMES_LARGER = 4;

export const memory: Benchmark = {
  id: 'B5',
  title: 'Memory of a backup and of a restore',
  measures:
    'How much the resident memory of the server grows at the most while a backup is downloaded, and while it is put back, ' +
    `beyond what it was right before. Of a database of some size and of one ${TIMES_LARGER} times as large, each after a ` +
    'first backup and restore that warm the server up. The processes that check an upload have their own bound.',
  async run(context) {
    const { sizes, workspace } = context;
    const grown = { backup: [[], []] as number[][], restore: [[], []] as number[][] };
    const megabytes = [sizes.megabytes, TIMES_LARGER * sizes.megabytes];
    for (const [place, size] of megabytes.entries()) {
      const started = await startFilledServer(context, size, LARGE_ENTRIES);
      const file = join(workspace, 'logs.db');
      for (let round = -1; round < sizes.rounds; round++) {
        const backup = await growth(started, () => fetchFrom(started, file));
        const restore = await growth(started, () => sendTo(started, file));
        if (round < 0) continue;
        grown.backup[place]!.push(backup);
        grown.restore[place]!.push(restore);
      }
      await started.server.stop();
    }
    return [
      ...figuresOf('backup', megabytes, grown.backup),
      ...figuresOf('restore', megabytes, grown.restore),
    ];
  },
};

function figuresOf(what: string, megabytes: number[], grown: number[][]): Figure[] {
  const figures = megabytes.map((size, place) =>
    boundFigure({ id: 'B5', what: `${what} of ${size} MiB`, unit: 'MiB' }, grown[place]!, { atMost: 64 }),
  );
  const small = { what: `${TIMES_LARGER} times smaller`, samples: grown[0]! };
  const beside = ratioFigure(
    { id: 'B5', what: `${what}, large beside small`, unit: 'MiB' },
    grown[1]!,
    small,
  );
  return [...figures, beside];
}

const fetchFrom = ({ server, pat }: BenchServer, file: string) =>
  fetchWithCurl(`${server.url}/api/v1/backup/logs`, pat, file);

const sendTo = ({ server, pat }: BenchServer, file: string) =>
  sendFile(`${server.url}/api/v1/restore/logs`, pat, file);

/** Mebibytes. */
async function growth({ server }: BenchServer, task: () => Promise<unknown>): Promise<number> {
  const before = await residentBytes(server.pid);
  const peak = new PeakMemory(server.pid);
  try {
    await task();
  } finally {
    peak.stop();
  }
  return Math.max(0, peak.own - before) / MEBIBYTE;
}
