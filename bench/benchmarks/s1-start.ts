import { setTimeout as sleep } from 'node:timers/promises';
import { residentBytes } from '../../test/support/backup-client.js';
import { fillLogs } from '../../test/support/fill-logs.js';
import { PROJECT_ROOT, TestServer } from '../../test/support/test-server.js';
import type { Benchmark } from '../harness/benchmark.js';
import { boundFigure, inTurns } from '../harness/figures.js';
import { installedBytes } from '../harness/installed-size.js';
import { PeerProcess } from '../harness/peer-process.js';

const MEBIBYTE = 1024 * 1024;
/** After a start much is garbage that goes by itself. */
const SETTLE_MILLISECONDS = 1000;

export const start: Benchmark = {
  id: 'S1',
  title: 'Start, idle memory, size',
  measures:
    'From the start of the process to the line that says that it listens, and its resident memory a second later, on a ' +
    'logs database of the given size; less what a NestJS application with one controller takes, which is started in turns ' +
    'with it. The installed size is that of all packages which are not for development.',
  async run({ sizes, workspace, say }) {
    await (await TestServer.start({ dataDir: workspace })).stop();
    say(`filling ${sizes.megabytes} MiB`);
    await fillLogs(workspace, sizes.megabytes);
    const memory = { ours: [] as number[], bare: [] as number[] };
    const started = async <Process extends { pid: number; stop(): Promise<void> }>(
      name: keyof typeof memory,
      launch: () => Promise<Process>,
    ) => {
      const begun = performance.now();
      const running = await launch();
      const seconds = (performance.now() - begun) / 1000;
      await sleep(SETTLE_MILLISECONDS);
      memory[name].push((await residentBytes(running.pid)) / MEBIBYTE);
      await running.stop();
      return seconds;
    };
    const seconds = await inTurns(sizes.rounds, {
      ours: () => started('ours', () => TestServer.start({ dataDir: workspace })),
      bare: () => started('bare', () => PeerProcess.start('bare-nest')),
    });
    const more = (samples: typeof memory) => samples.ours.map((ours, round) => ours - samples.bare[round]!);
    const size = (await installedBytes(PROJECT_ROOT)) / MEBIBYTE;
    const figure = (what: string, unit: string, samples: number[], atMost?: number) =>
      boundFigure({ id: 'S1', what, unit }, samples, atMost === undefined ? undefined : { atMost });
    return [
      figure('start of bare NestJS', 's', seconds.bare),
      figure(`start with ${sizes.megabytes} MiB of logs, more than that`, 's', more(seconds), 1.5),
      figure('idle memory of bare NestJS', 'MiB', memory.bare),
      figure('idle memory, more than that', 'MiB', more(memory), 60),
      figure('production dependencies as installed', 'MiB', [size]),
    ];
  },
};
