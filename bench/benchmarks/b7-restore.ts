import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ORDINARY_ENTRIES } from '../../test/support/fill-logs.js';
import { hasProgram } from '../../test/support/programs.js';
import { type Benchmark, Unavailable } from '../harness/benchmark.js';
import { fetchWithCurl } from '../harness/curl.js';
import { inTurns, ratioFigure } from '../harness/figures.js';
import { startFilledServer } from '../harness/filled-server.js';
import { sendFile } from '../harness/send-file.js';

export const restore: Benchmark = {
  id: 'B7',
  title: 'Check and switch of a restore',
  measures:
    '`POST /restore/logs` of entries of ordinary size, from the last byte of the upload to the answer: everything that is ' +
    'checked (each page, index, row, reference, count, rule), the sync to disk, and the switch. Beside it `PRAGMA ' +
    'quick_check` of the same file by the `sqlite3` program, which does not compare indexes with their tables, nor ' +
    'looks at references, counts and rules; and `integrity_check`, which does the first.',
  async run(context) {
    const { sizes, workspace } = context;
    if (!hasProgram('sqlite3')) throw new Unavailable('it needs the program sqlite3');
    const { server, pat } = await startFilledServer(context, sizes.megabytes, ORDINARY_ENTRIES);
    const file = join(workspace, 'logs.db');
    await fetchWithCurl(`${server.url}/api/v1/backup/logs`, pat, file);
    const samples = await inTurns(sizes, {
      ours: async () => {
        const { answeredMs, handedOverMs } = await sendFile(`${server.url}/api/v1/restore/logs`, pat, file);
        return answeredMs - handedOverMs;
      },
      quick: () => checkedBySqlite3(file, 'quick_check'),
      whole: () => checkedBySqlite3(file, 'integrity_check'),
    });
    const described = { id: 'B7', unit: 'ms', what: `restore of ${sizes.megabytes} MiB, after the upload` };
    const quick = { what: 'quick_check by sqlite3', samples: samples.quick };
    const whole = { what: 'integrity_check by sqlite3', samples: samples.whole };
    return [
      ratioFigure(described, samples.ours, quick, { atMost: 1.3 }),
      ratioFigure(described, samples.ours, whole),
    ];
  },
};

async function checkedBySqlite3(file: string, check: string): Promise<number> {
  const begun = performance.now();
  await promisify(execFile)('sqlite3', [file, `PRAGMA ${check}`]);
  return performance.now() - begun;
}
