import { join } from 'node:path';
import { ORDINARY_ENTRIES } from '../../test/support/fill-logs.js';
import { oneRecord } from '../harness/bench-server.js';
import type { Benchmark } from '../harness/benchmark.js';
import { fetchWithCurl } from '../harness/curl.js';
import { median, ratioFigure } from '../harness/figures.js';
import { startFilledServer } from '../harness/filled-server.js';
import { load } from '../harness/load.js';
import { PeerProcess } from '../harness/peer-process.js';
import { repeatWhile } from '../harness/repeat-while.js';

const WRITERS = 8;
/** Records per second of all writers together where they do not send as fast as they can. */
const STEADY = 1000;

export const busyDownload: Benchmark = {
  id: 'B2',
  title: 'Download of a backup while logs come in',
  measures:
    `As B1, with ${WRITERS} connections that send one record per request: ${STEADY} a second together, and as fast as they ` +
    'are answered. Beside the speed of the download alone, and the rate of ingest without a download, in turns. At the end the ' +
    'same of two bare servers, one that pipes a file and one that parses what comes: as far as this machine lets anybody.',
  async run(context) {
    const { sizes, workspace, onEnd } = context;
    const { server, pat } = await startFilledServer(context, sizes.megabytes, ORDINARY_ENTRIES);
    const backup = `${server.url}/api/v1/backup/logs`;
    const file = join(workspace, 'logs.db');
    await fetchWithCurl(backup, pat, file);
    const piping = await PeerProcess.start('file-server', file);
    onEnd(() => piping.stop());
    const parsing = await PeerProcess.start('bare-http');
    onEnd(() => parsing.stop());
    const speedOf = async (url: string) => (await fetchWithCurl(url, pat)).mebibytesPerSecond;
    const sendTo = async (url: string, rate?: number) =>
      load({ ...oneRecord(url, pat), connections: WRITERS, rate, seconds: sizes.seconds });
    const download = () => speedOf(backup);
    const ingest = (rate?: number) => sendTo(server.url, rate);
    const samples = { idle: [] as number[], steady: [] as number[], fast: [] as number[] };
    const rates = {
      alone: [] as number[],
      during: [] as number[],
      steadyAlone: [] as number[],
      steady: [] as number[],
    };
    const bare = {
      pipedAlone: [] as number[],
      piped: [] as number[],
      parsedAlone: [] as number[],
      parsed: [] as number[],
    };
    await download();
    for (let round = 0; round < sizes.rounds; round++) {
      samples.idle.push(await download());
      rates.alone.push(await ingest());
      rates.steadyAlone.push(await ingest(STEADY));
      for (const [speeds, during, rate] of [
        [samples.steady, rates.steady, STEADY],
        [samples.fast, rates.during, undefined],
      ] as const) {
        const { result, repeated } = await repeatWhile(ingest(rate), download);
        during.push(result);
        speeds.push(median(repeated));
      }
      bare.pipedAlone.push(await speedOf(piping.url));
      bare.parsedAlone.push(await sendTo(parsing.url));
      const { result, repeated } = await repeatWhile(sendTo(parsing.url), () => speedOf(piping.url));
      bare.parsed.push(result);
      bare.piped.push(median(repeated));
    }
    const idle = { what: 'download alone', samples: samples.idle };
    const speed = (what: string, measured: number[]) =>
      ratioFigure({ id: 'B2', what, unit: 'MiB/s' }, measured, idle, { atLeast: 0.8 });
    const rate = (what: string, measured: number[], alone: number[]) =>
      ratioFigure(
        { id: 'B2', what, unit: 'requests/s' },
        measured,
        { what: 'no download', samples: alone },
        {
          atLeast: 0.9,
        },
      );
    return [
      speed(`download beside ${STEADY} records a second`, samples.steady),
      rate(`${STEADY} records a second beside downloads`, rates.steady, rates.steadyAlone),
      speed('download beside all that comes', samples.fast),
      rate('all that comes beside downloads', rates.during, rates.alone),
      ratioFigure(
        { id: 'B2', unit: 'MiB/s', what: 'two bare servers: a file beside all that comes' },
        bare.piped,
        {
          what: 'the file alone',
          samples: bare.pipedAlone,
        },
      ),
      ratioFigure(
        { id: 'B2', unit: 'requests/s', what: 'two bare servers: all that comes beside a file' },
        bare.parsed,
        {
          what: 'no file',
          samples: bare.parsedAlone,
        },
      ),
    ];
  },
};
