import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ORDINARY_ENTRIES } from '../../test/support/fill-logs.js';
import { oneRecord } from '../harness/bench-server.js';
import type { Benchmark, Target } from '../harness/benchmark.js';
import { fetchWithCurl } from '../harness/curl.js';
import { boundFigure } from '../harness/figures.js';
import { startFilledServer } from '../harness/filled-server.js';
import { Gaps } from '../harness/gaps.js';
import { sendFile } from '../harness/send-file.js';
import { longest, SlowSpells, type Span } from '../harness/slow-spells.js';
import { warmUp } from '../harness/warm-up.js';

const WRITE_EVERY_MS = 2;
const EVER = 'from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z';

export const gap: Benchmark = {
  id: 'B9',
  title: 'Gap in service across a restore',
  measures:
    `The newest entry is asked for every millisecond and another one is written every ${WRITE_EVERY_MS} while a backup of ` +
    'the logs is uploaded, checked and put back. The longest time from one success to the next, in each restore; before it, the same without one.',
  async run(context) {
    const { sizes, workspace, onEnd } = context;
    const { server, pat } = await startFilledServer(context, sizes.megabytes, ORDINARY_ENTRIES);
    const file = join(workspace, 'logs.db');
    await fetchWithCurl(`${server.url}/api/v1/backup/logs`, pat, file);
    const headers = { Authorization: `Bearer pat:${pat}` };
    const newest = {
      url: `${server.url}/api/v1/streams/bench/logs?${EVER}&limit=1`,
      method: 'GET',
      headers,
    } as const;
    for (const request of [newest, oneRecord(server.url, pat)]) await warmUp(request, sizes);
    const reads = new Gaps(newest, 1);
    onEnd(() => reads.stop());
    const writes = new Gaps(oneRecord(server.url, pat), WRITE_EVERY_MS);
    onEnd(() => writes.stop());
    const spells = await SlowSpells.watch(context);
    const seen = {
      read: [] as Span[],
      write: [] as Span[],
      idleRead: [] as Span[],
      idleWrite: [] as Span[],
    };
    let failed = 0;
    await sleep(500);
    for (let round = 0; round < sizes.rounds; round++) {
      for (const [reading, writing, task] of [
        [seen.idleRead, seen.idleWrite, () => sleep(sizes.seconds * 1000)],
        [seen.read, seen.write, () => sendFile(`${server.url}/api/v1/restore/logs`, pat, file)],
      ] as const) {
        reads.begin();
        writes.begin();
        await task();
        reading.push(...reads.seen);
        writing.push(...writes.seen);
        failed += reads.failed + writes.failed;
      }
    }
    const figure = (what: string, gaps: Span[], target?: Target) =>
      boundFigure({ id: 'B9', unit: 'ms', what }, [longest(gaps)], target);
    const targeted = (what: string, gaps: Span[], target: Target) => [
      figure(what, gaps, target),
      figure(
        `${what}, no slow spell of the machine`,
        gaps.filter((one) => spells.spares(one)),
        target,
      ),
    ];
    return [
      ...targeted('longest without a read', seen.read, { atMost: 50 }),
      ...targeted('longest without a write', seen.write, { atMost: 200 }),
      figure('the same of reads, no restore', seen.idleRead),
      figure('the same of writes, no restore', seen.idleWrite),
      boundFigure({ id: 'B9', unit: 'requests', what: 'failed' }, [failed], { atMost: 0 }),
    ];
  },
};
