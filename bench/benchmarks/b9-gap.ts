import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ORDINARY_ENTRIES } from '../../test/support/fill-logs.js';
import { oneRecord } from '../harness/bench-server.js';
import type { Benchmark } from '../harness/benchmark.js';
import { fetchWithCurl } from '../harness/curl.js';
import { boundFigure } from '../harness/figures.js';
import { startFilledServer } from '../harness/filled-server.js';
import { Gaps } from '../harness/gaps.js';
import { sendFile } from '../harness/send-file.js';
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
    for (const request of [newest, oneRecord(server.url, pat)]) await warmUp(request);
    const reads = new Gaps(newest, 1);
    onEnd(() => reads.stop());
    const writes = new Gaps(oneRecord(server.url, pat), WRITE_EVERY_MS);
    onEnd(() => writes.stop());
    const seen = {
      read: [] as number[],
      write: [] as number[],
      idleRead: [] as number[],
      idleWrite: [] as number[],
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
        reading.push(reads.longest);
        writing.push(writes.longest);
        failed += reads.failed + writes.failed;
      }
    }
    const described = { id: 'B9', unit: 'ms' };
    return [
      boundFigure({ ...described, what: 'longest without a read' }, [Math.max(...seen.read)], { atMost: 50 }),
      boundFigure({ ...described, what: 'longest without a write' }, [Math.max(...seen.write)], {
        atMost: 200,
      }),
      boundFigure({ ...described, what: 'the same of reads, no restore' }, [Math.max(...seen.idleRead)]),
      boundFigure({ ...described, what: 'the same of writes, no restore' }, [Math.max(...seen.idleWrite)]),
      boundFigure({ id: 'B9', unit: 'requests', what: 'failed' }, [failed], { atMost: 0 }),
    ];
  },
};
