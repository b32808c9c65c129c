import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { residentBytes } from '../../test/support/backup-client.js';
import { fillLogs } from '../../test/support/fill-logs.js';
import { PROJECT_ROOT, TestServer } from '../../test/support/test-server.js';
import type { Benchmark } from '../harness/benchmark.js';
import { boundFigure, inTurns } from '../harness/figures.js';
import { installedBytes } from '../harness/installed-size.js';
import { PeerProcess } from '../harness/peer-process.js';

const MEBIBYTE = 1024 * 1024;
/** What the garbage of the start took is given back to the system when nothing has happened for some twenty seconds. */
const IDLE_MILLISECONDS = 40_000;
const QUICK_IDLE_MILLISECONDS = 10_000;

export const start: Benchmark = {
  id: 'S1',
  title: 'Start, idle memory, size',
  measures:
    'From the start of the process to the line that says that it listens, on a logs database of the given size; less what ' +
    'a NestJS application with one controller takes, which is started in turns with it. Resident memory of several of ' +
    `both when they have had nothing to do for ${IDLE_MILLISECONDS / 1000} seconds. The installed size is that of all ` +
    'packages which are not for development.',
  async run({ sizes, workspace, say, onEnd }) {
    const dataDir = join(workspace, 'filled');
    await (await TestServer.start({ dataDir })).stop();
    say(`filling ${sizes.megabytes} MiB`);
    await fillLogs(dataDir, sizes.megabytes);
    const timed = async (launch: () => Promise<{ stop(): Promise<void> }>) => {
      const begun = performance.now();
      const running = await launch();
      const seconds = (performance.now() - begun) / 1000;
      await running.stop();
      return seconds;
    };
    const seconds = await inTurns(sizes, {
      ours: () => timed(() => TestServer.start({ dataDir })),
      bare: () => timed(() => PeerProcess.start('bare-nest')),
    });

    const idleMilliseconds = sizes.quick ? QUICK_IDLE_MILLISECONDS : IDLE_MILLISECONDS;
    say(`${idleMilliseconds / 1000} seconds of nothing`);
    const idle: { ours: number; bare: number }[] = [];
    for (let round = 0; round < sizes.rounds; round++) {
      const ours = await TestServer.start({ dataDir: join(workspace, String(round)) });
      onEnd(() => ours.stop());
      const bare = await PeerProcess.start('bare-nest');
      onEnd(() => bare.stop());
      idle.push({ ours: ours.pid, bare: bare.pid });
    }
    await sleep(idleMilliseconds);
    const memory = { ours: [] as number[], bare: [] as number[] };
    for (const pids of idle)
      for (const name of ['ours', 'bare'] as const)
        memory[name].push((await residentBytes(pids[name])) / MEBIBYTE);

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
