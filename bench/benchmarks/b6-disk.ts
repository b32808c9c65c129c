import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ORDINARY_ENTRIES } from '../../test/support/fill-logs.js';
import { oneRecord } from '../harness/bench-server.js';
import type { Benchmark } from '../harness/benchmark.js';
import { fetchWithCurl } from '../harness/curl.js';
import { boundFigure } from '../harness/figures.js';
import { startFilledServer } from '../harness/filled-server.js';
import { load } from '../harness/load.js';

const MEBIBYTE = 1024 * 1024;
const WRITERS = 8;
/** Records per second. */
const RATE = 1000;
const LOOK_MILLISECONDS = 5;

export const disk: Benchmark = {
  id: 'B6',
  title: 'Disk beside the database during a backup',
  measures:
    `The folder of the logs database is looked at every ${LOOK_MILLISECONDS} ms while a client reads a backup as fast as ` +
    `it comes and ${RATE} records a second are stored. The write-ahead log may grow by what is written meanwhile; anything ` +
    'else would be a copy.',
  async run(context) {
    const { sizes, workspace } = context;
    const { server, pat } = await startFilledServer(context, sizes.megabytes, ORDINARY_ENTRIES);
    const folder = join(workspace, `data-${sizes.megabytes}`, 'logs');
    const writing = load({
      ...oneRecord(server.url, pat),
      connections: WRITERS,
      rate: RATE,
      seconds: sizes.seconds * sizes.rounds,
    });
    const others: number[] = [];
    const logs: number[] = [];
    for (let round = 0; round < sizes.rounds; round++) {
      const before = await bytesIn(folder);
      const most = { other: 0, log: 0 };
      const timer = setInterval(() => {
        void bytesIn(folder).then(({ other, log }) => {
          most.other = Math.max(most.other, other - before.other);
          most.log = Math.max(most.log, log);
        });
      }, LOOK_MILLISECONDS);
      await fetchWithCurl(`${server.url}/api/v1/backup/logs`, pat);
      clearInterval(timer);
      others.push(most.other / MEBIBYTE);
      logs.push(most.log / MEBIBYTE);
    }
    await writing;
    const described = { id: 'B6', unit: 'MiB' };
    return [
      boundFigure({ ...described, what: 'beside database and write-ahead log' }, [Math.max(...others)], {
        atMost: 0,
      }),
      boundFigure({ ...described, what: 'write-ahead log at the most' }, logs),
    ];
  },
};

async function bytesIn(folder: string): Promise<{ other: number; log: number }> {
  const sum = { other: 0, log: 0 };
  for (const name of await readdir(folder)) {
    // It may be gone by now.
    const size = await stat(join(folder, name)).then(
      (one) => one.size,
      () => 0,
    );
    if (name.endsWith('-wal')) sum.log += size;
    // The database itself takes in, right before it is pinned, what the log had; the log's shared memory grows with it.
    else if (!/\.db(-shm)?$/.test(name)) sum.other += size;
  }
  return sum;
}
