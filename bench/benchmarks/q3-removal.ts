import { oneRecord, startBenchServer } from '../harness/bench-server.js';
import type { Benchmark } from '../harness/benchmark.js';
import { fillEntries, logsFile } from '../harness/fill-entries.js';
import { inTurns, ratioFigure } from '../harness/figures.js';
import { PeerProcess } from '../harness/peer-process.js';
import { SqliteProgram } from '../harness/sqlite-program.js';
import { SlowSpells, type Span } from '../harness/slow-spells.js';
import { slowestInHundred, slowestUnspelled, steadyLoad } from '../harness/steady-load.js';
import { warmUp } from '../harness/warm-up.js';

/** Records per second. */
const RATE = 250;

export const removal: Benchmark = {
  id: 'Q3',
  title: 'Purge and retention',
  measures:
    `One record is sent every ${1000 / RATE} ms, far from all that the server can take, and the slowest in a hundred is ` +
    'looked at, from when it was due: alone, while a stream is purged, and while a new size of a stream removes all but ' +
    'a mebibyte of it; beside it the same requests to a bare node:http server, which tell what the machine makes of such ' +
    'a load. In each round there are two other streams, indexed by one field; together they hold all entries.',
  async run(context) {
    const { sizes, workspace, onEnd, say } = context;
    const { server: empty, pat } = await startBenchServer({ dataDir: workspace });
    await empty.stop();
    const each = Math.floor(sizes.entries / sizes.rounds / 2);
    say(`filling ${2 * sizes.rounds} streams with ${each.toLocaleString('en-US')} entries each`);
    for (let round = 0; round < sizes.rounds; round++)
      for (const stream of [`purged-${round}`, `cut-${round}`])
        await fillEntries(workspace, stream, each, ['level']);
    const server = await empty.restarted();
    onEnd(() => server.stop());
    const program = SqliteProgram.start(await logsFile(workspace));
    onEnd(() => program.stop());

    const bare = await PeerProcess.start('bare-http');
    onEnd(() => bare.stop());

    const spells = await SlowSpells.watch(context);
    const load = (url: string) => steadyLoad(oneRecord(url, pat), RATE, sizes.seconds);
    const during = async (removing: Promise<unknown>) => (await Promise.all([load(server.url), removing]))[0];
    const purge = (round: number) => server.ok('DELETE', `/api/v1/streams/purged-${round}`, { token: pat });
    const cut = async (round: number) => {
      const config = { ttl: 0, size: 1, indexed_fields: ['level'] };
      await server.ok('PUT', `/api/v1/streams/cut-${round}`, { token: pat, json: { config } });
      // There is a floor for as long as something lies below it.
      while ((await program.run('SELECT id FROM stream WHERE floor_ms IS NOT NULL')) > 0)
        await new Promise((done) => setTimeout(done, 100));
    };
    for (const url of [bare.url, server.url]) await warmUp(oneRecord(url, pat), sizes);
    const waits = await inTurns(sizes, {
      bare: () => load(bare.url),
      alone: () => load(server.url),
      purge: (round) => during(purge(round)),
      retention: (round) => during(cut(round)),
    });
    const figures = (slowest: (some: Span[]) => number, behind: string) => {
      const limit = { what: 'nothing removed', samples: waits.alone.map(slowest) };
      const figure = (what: string, some: Span[][]) =>
        ratioFigure({ id: 'Q3', what: what + behind, unit: 'ms' }, some.map(slowest), limit, { atMost: 2 });
      return [
        figure('p99 of ingest while a stream is purged', waits.purge),
        figure('p99 of ingest while retention removes', waits.retention),
      ];
    };
    return [
      ...figures(slowestInHundred, ''),
      ...figures((some) => slowestUnspelled(some, spells), ', no slow spell of the machine'),
      ratioFigure(
        { id: 'Q3', what: 'p99 of ingest, nothing removed', unit: 'ms' },
        waits.alone.map(slowestInHundred),
        { what: 'a bare node:http server', samples: waits.bare.map(slowestInHundred) },
      ),
    ];
  },
};
