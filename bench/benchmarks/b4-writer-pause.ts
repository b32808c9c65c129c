import { ORDINARY_ENTRIES } from '../../test/support/fill-logs.js';
import { oneRecord } from '../harness/bench-server.js';
import type { Benchmark } from '../harness/benchmark.js';
import { boundFigure, inTurns, ratioFigure } from '../harness/figures.js';
import { startFilledServer } from '../harness/filled-server.js';
import { measureIn } from '../harness/measured-peer.js';
import { PeerProcess } from '../harness/peer-process.js';
import { longest, SlowSpells } from '../harness/slow-spells.js';
import { slowestInHundred, slowestUnspelled, steadyLoad } from '../harness/steady-load.js';
import { warmUp } from '../harness/warm-up.js';

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
    'without backups, and the same requests to a bare node:http server that only parses them: what its p99 is, the machine makes.',
  async run(context) {
    const { sizes, onEnd } = context;
    const { server, pat } = await startFilledServer(context, MEBIBYTES, ORDINARY_ENTRIES);
    const bare = await PeerProcess.start('bare-http');
    onEnd(() => bare.stop());
    const load = (url: string) => steadyLoad(oneRecord(url, pat), RATE, sizes.seconds);
    const write = () => load(server.url);
    const backups = async (path: string) => {
      const peer = await PeerProcess.start('backup-loop', server.url + path, pat, String(REST_MILLISECONDS));
      onEnd(() => peer.stop());
      return async () => {
        const taking = measureIn(peer, { seconds: sizes.seconds });
        const waits = await write();
        await taking;
        return waits;
      };
    };
    const kinds = {
      bare: () => load(bare.url),
      alone: write,
      logs: await backups('/api/v1/backup/logs'),
      all: await backups('/api/v1/backup'),
    };
    const spells = await SlowSpells.watch(context);
    for (const url of [bare.url, server.url]) await warmUp(oneRecord(url, pat), sizes);
    const waits = await inTurns(sizes, kinds);
    const described = { id: 'B4', unit: 'ms' };
    const p99 = (kind: keyof typeof kinds) => waits[kind].map(slowestInHundred);
    const figuresOf = (what: string, kind: 'logs' | 'all') => [
      boundFigure({ ...described, what: `p99 of a write, ${what}` }, p99(kind), { atMost: 10 }),
      boundFigure(
        { ...described, what: `p99 of a write, ${what}, no slow spell of the machine` },
        waits[kind].map((some) => slowestUnspelled(some, spells)),
        { atMost: 10 },
      ),
      boundFigure({ ...described, what: `longest of all writes, ${what}` }, [longest(waits[kind].flat())], {
        atMost: 50,
      }),
    ];
    const longestOf = (kind: keyof typeof kinds) => `longest ${longest(waits[kind].flat()).toFixed(1)} ms`;
    const all = Object.values(waits).flat(2);
    const met = all.filter((wait) => !spells.spares(wait));
    return [
      ...figuresOf('backups of logs', 'logs'),
      ...figuresOf('backups of the whole instance', 'all'),
      ratioFigure({ ...described, what: 'p99 of a write, backups of logs' }, p99('logs'), {
        what: `without backups (${longestOf('alone')})`,
        samples: p99('alone'),
      }),
      ratioFigure({ ...described, what: 'p99 of a write, backups of logs' }, p99('logs'), {
        what: `a bare node:http server (${longestOf('bare')})`,
        samples: p99('bare'),
      }),
      boundFigure({ id: 'B4', unit: '%', what: 'of all requests met a slow spell of the machine' }, [
        (100 * met.length) / all.length,
      ]),
    ];
  },
};
