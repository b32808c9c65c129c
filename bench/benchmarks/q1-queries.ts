import type { Benchmark, BenchContext, Figure } from '../harness/benchmark.js';
import { NEWEST_MS, STEP_MS } from '../harness/fill-entries.js';
import { boundFigure, inTurns, ratioFigure } from '../harness/figures.js';
import { HttpClient } from '../harness/http-client.js';
import { PeerProcess } from '../harness/peer-process.js';
import { newest, type QueriedServer, startQueriedServer, windowFrom } from '../harness/queried-server.js';
import { type Asked, statementByIndex, statementFor } from '../harness/same-sql.js';
import { SqliteProgram } from '../harness/sqlite-program.js';
import { medianTime } from '../harness/timing.js';

const FIRST_PAGE_RUNS = 40;
/** Until V8 has compiled what a request takes. */
const WARM_UP_RUNS = 500;
const PAGE_RECORDS = 1000;
const PAGED_RECORDS = 100_000;
const EVERYTHING = { from: '1970-01-01T00:00:00Z', to: '9999-12-31T23:59:59Z' };
const FIRST_PAGE = { ...EVERYTHING, limit: '100' };
const LIMIT = { atMost: 1.5 };

interface Case {
  what: string;
  runs: number;
  ask(server: QueriedServer): Promise<unknown>;
  /** What the program is given, one after the other. */
  statements: string[];
  /** Also the bound of a first page that an index serves. */
  firstPage?: boolean;
}

export const queries: Benchmark = {
  id: 'Q1',
  title: 'Queries',
  measures:
    'A client on one keep-alive connection gets records from a stream with two indexed fields, to the last byte. Beside ' +
    'it the `sqlite3` program, which runs already, writes the same records as JSON into a pipe: the same conditions and ' +
    'the same text by one statement for each request, on the same file, without HTTP, tokens or permissions.',
  async run(context) {
    const { sizes, onEnd } = context;
    const server = await startQueriedServer(context, sizes.entries);
    const program = SqliteProgram.start(server.file);
    onEnd(() => program.stop());
    const figures: Figure[] = [];
    for (const one of casesOf(sizes.entries))
      figures.push(...(await figuresOf(one, server, program, sizes.rounds)));
    return [...figures, ...(await waysOverHttp(context, server))];
  },
};

function casesOf(entries: number): Case[] {
  const minutes = windowFrom(NEWEST_MS - 15 * 60_000);
  const searched = { ...newest(Math.min(entries, 500_000)), filter: 'message contains "/99 HTTP"' };
  const rare = { ...FIRST_PAGE, filter: 'user = "user-77"' };
  const common = { ...FIRST_PAGE, filter: 'level = "error"' };
  const one = (what: string, asked: Asked, statement = statementFor(asked)): Case => {
    const runs = asked.limit ? FIRST_PAGE_RUNS : 1;
    const ask = (server: QueriedServer) => server.query({ ...asked });
    return { what, runs, ask, statements: [statement], firstPage: asked.limit !== undefined };
  };
  return [
    one('newest 100', FIRST_PAGE),
    one('a window of 15 minutes', minutes),
    one('100 by an index, of a rare value', rare, statementByIndex(rare, 'user', 'user-77')),
    one('100 by an index, of a common value', common, statementByIndex(common, 'level', 'error')),
    one('a filter without an index, the newest 500,000', searched),
    paging(Math.min(entries, PAGED_RECORDS)),
  ];
}

function paging(entries: number): Case {
  const window = newest(entries);
  const limit = String(PAGE_RECORDS);
  const statements = Array.from({ length: Math.ceil(entries / PAGE_RECORDS) }, (_, page) => {
    const end = NEWEST_MS + 1 - page * PAGE_RECORDS * STEP_MS;
    return statementFor({ ...window, to: new Date(end).toISOString(), limit });
  });
  const ask = async ({ query }: QueriedServer) => {
    let cursor: string | undefined;
    do {
      const body = await query({ ...window, limit, ...(cursor && { cursor }) });
      cursor = /"next_cursor":"([^"]+)"/.exec(body.subarray(-100).toString())?.[1];
    } while (cursor);
  };
  return {
    what: `${entries.toLocaleString('en-US')} in pages of ${limit}, by cursor`,
    runs: 1,
    ask,
    statements,
  };
}

async function figuresOf(
  { what, runs, ask, statements, firstPage }: Case,
  server: QueriedServer,
  program: SqliteProgram,
  rounds: number,
): Promise<Figure[]> {
  const byProgram = async () => {
    for (const statement of statements) await program.run(statement);
  };
  await byProgram();
  for (let run = 0; run < (runs > 1 ? WARM_UP_RUNS : 1); run++) await ask(server);
  const { ours, theirs } = await inTurns(rounds, {
    ours: () => medianTime(runs, () => ask(server)),
    theirs: () => medianTime(runs, byProgram),
  });
  const described = { id: 'Q1', what, unit: 'ms' };
  const ratio = ratioFigure(described, ours, { what: 'the same SQL by sqlite3', samples: theirs }, LIMIT);
  return firstPage ? [ratio, boundFigure(described, ours, { atMost: 10 })] : [ratio];
}

/**
 * What stays of a first page when nothing is looked up: its bytes from memory, and a request of the same server that has
 * nothing to look up. No design of queries can change the first, and only another way of requests the second.
 */
async function waysOverHttp({ onEnd, sizes }: BenchContext, server: QueriedServer): Promise<Figure[]> {
  const { length } = await server.query(FIRST_PAGE);
  const peer = await PeerProcess.start('bare-answer', String(length));
  onEnd(() => peer.stop());
  const timeOf = (url: string, headers: Record<string, string> = {}) => {
    const client = new HttpClient(url, 1);
    onEnd(() => client.close());
    return () => medianTime(FIRST_PAGE_RUNS, () => client.send({ method: 'GET', url, headers }));
  };
  const authorization = { Authorization: `Bearer pat:${server.pat}` };
  const { bytes, nothing } = await inTurns(sizes.rounds, {
    bytes: timeOf(peer.url),
    nothing: timeOf(`${server.url}/api/v1/auth/whoami`, authorization),
  });
  return [
    boundFigure({ id: 'Q1', what: 'bytes of the newest 100 from memory, by node:http', unit: 'ms' }, bytes),
    boundFigure(
      { id: 'Q1', what: 'a request that looks nothing up, by the same server', unit: 'ms' },
      nothing,
    ),
  ];
}
