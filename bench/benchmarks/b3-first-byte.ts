import { ORDINARY_ENTRIES } from '../../test/support/fill-logs.js';
import type { Benchmark } from '../harness/benchmark.js';
import { fetchWithCurl } from '../harness/curl.js';
import { inTurns, ratioFigure } from '../harness/figures.js';
import { startFilledServer } from '../harness/filled-server.js';

export const firstByte: Benchmark = {
  id: 'B3',
  title: 'Time to the first byte of a backup',
  measures:
    'From the beginning of a request for a backup to the first byte of it, of a large database and of a small one.',
  async run(context) {
    const { sizes } = context;
    const large = await startFilledServer(context, sizes.megabytes, ORDINARY_ENTRIES);
    const small = await startFilledServer(context, 1, ORDINARY_ENTRIES);
    const ask = async ({ server, pat }: typeof large) =>
      (await fetchWithCurl(`${server.url}/api/v1/backup/logs`, pat)).firstByteMs;
    await Promise.all([ask(large), ask(small)]);
    const samples = await inTurns(
      { ...sizes, rounds: 2 * sizes.rounds },
      { large: () => ask(large), small: () => ask(small) },
    );
    return [
      ratioFigure(
        { id: 'B3', what: `first byte of ${sizes.megabytes} MiB`, unit: 'ms' },
        samples.large,
        { what: 'of 1 MiB', samples: samples.small },
        { atMost: 2 },
      ),
    ];
  },
};
