import { setTimeout as sleep } from 'node:timers/promises';
import { ORDINARY_ENTRIES } from '../../test/support/fill-logs.js';
import { oneRecord } from '../harness/bench-server.js';
import type { Benchmark } from '../harness/benchmark.js';
import { boundFigure, percentile, ratioFigure } from '../harness/figures.js';
import { startFilledServer } from '../harness/filled-server.js';
import { repeatWhile } from '../harness/repeat-while.js';
import { steadyLoad } from '../harness/steady-load.js';

/** Records per second. */
const RATE = 500;
/** Small, so that many snapshots are taken: what a writer waits for is the pin, whatever the size. */
const MEBIBYTES = 1;
/** Between two backups: the pins are to be looked at, not what else the machine has to do for a download. */
const REST_MILLISECONDS = 50;

export const writerPause: Benchmark = {
  id: 'B4',
  title: 'Pause of writers while a snapshot is pinned',
  measures:
    `One record is sent every ${1000 / RATE} ms while one backup after the other is taken, with rests between them, of the ` +
    'logs and of the whole instance at one instant. Each wait is counted from when the record was due to its acknowledgement. Beside it the same ' +
    'without backups.',
  async run(context) {
    const { sizes } = context;
    const { server, pat } = await startFilledServer(context, MEBIBYTES, ORDINARY_ENTRIES);
    const write = () => steadyLoad({ ...oneRecord(server.url, pat), rate: RATE, seconds: sizes.seconds });
    const during = async (path: string) => {
      const { result } = await repeatWhile(write(), async () => {
        // As bytes: to make a text of them would keep this process from noticing what it waits for.
        await (await server.fetch('GET', path, { token: pat })).arrayBuffer();
        await sleep(REST_MILLISECONDS);
      });
      return result;
    };
    const kinds = {
      alone: write,
      logs: () => during('/api/v1/backup/logs'),
      all: () => during('/api/v1/backup'),
    };
    const p99 = { alone: [] as number[], logs: [] as number[], all: [] as number[] };
    const longest = { alone: [] as number[], logs: [] as number[], all: [] as number[] };
    await write();
    for (let round = 0; round < sizes.rounds; round++) {
      for (const kind of ['alone', 'logs', 'all'] as const) {
        const waits = await kinds[kind]();
        p99[kind].push(percentile(waits, 0.99));
        longest[kind].push(Math.max(...waits));
      }
    }
    const described = { id: 'B4', unit: 'ms' };
    const pair = (what: string, kind: 'logs' | 'all') => [
      boundFigure({ ...described, what: `p99 of a write, ${what}` }, p99[kind], { atMost: 10 }),
      boundFigure({ ...described, what: `longest of all writes, ${what}` }, [Math.max(...longest[kind])], {
        atMost: 50,
      }),
    ];
    return [
      ...pair('backups of logs', 'logs'),
      ...pair('backups of the whole instance', 'all'),
      ratioFigure({ ...described, what: 'p99 of a write, backups of logs' }, p99.logs, {
        what: `without backups (longest ${Math.max(...longest.alone).toFixed(1)} ms)`,
        samples: p99.alone,
      }),
    ];
  },
};
