import type { Benchmark, Figure } from '../harness/benchmark.js';
import { NEWEST_MS, STEP_MS } from '../harness/fill-entries.js';
import { boundFigure, inTurns, ratioFigure } from '../harness/figures.js';
import { HttpClient } from '../harness/http-client.js';
import { PeerProcess } from '../harness/peer-process.js';
import { newest, type QueriedServer, startQueriedServer, windowFrom } from '../harness/queried-server.js';
import { type Asked, statementByIndex, statementFor } from '../harness/same-sql.js';
import type { Sizes } from '../harness/sizes.js';
import { SqliteProgram } from '../harness/sqlite-program.js';
import { medianTime } from '../harness/timing.js';

const FIRST_PAGE_RUNS = 200;
/** Until V8 has compiled what a request takes, the best of it only after thousands. */
const WARM_UP_REQUESTS = 3000;
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
  /** What a request costs is seen in it. */
  isShort?: boolean;
}

export const queries: Benchmark = {
  id: 'Q1',
  title: 'Queries',
  measures:
    'A client on one keep-alive connection gets records from a stream with two indexed fields, to the last byte. Beside ' +
    'it the `sqlite3` program, which runs already, writes the same records as JSON into a pipe: the same conditions and ' +
    'the same text by one statement for each request, on the same file, without HTTP, tokens or permissions. Where that is ' +
    'quick, a bare node:http server stands beside both, which gives the same to the driver of SQLite as one statement.',
  async run(context) {
    const { sizes, onEnd } = context;
    const server = await startQueriedServer(context, sizes.entries);
    const program = SqliteProgram.start(server.file);
    onEnd(() => program.stop());
    const bare = await PeerProcess.start('bare-query', server.file);
    onEnd(() => bare.stop());
    const client = new HttpClient(bare.url, 1);
    onEnd(() => client.close());
    const byHttp = (body: string) => client.send({ method: 'POST', url: bare.url, headers: {}, body });
    const figures: Figure[] = [];
    for (const one of casesOf(sizes.entries))
      figures.push(...(await figuresOf(one, { server, program, byHttp }, sizes)));
    return figures;
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
    const firstPage = asked.limit !== undefined;
    return { what, runs, ask, statements: [statement], firstPage, isShort: firstPage };
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
    isShort: true,
  };
}

/** Who is asked: ours, the program, and a bare server. */
interface Answering {
  server: QueriedServer;
  program: SqliteProgram;
  byHttp(statement: string): Promise<unknown>;
}

async function figuresOf(
  { what, runs, ask, statements, isShort, firstPage }: Case,
  { server, program, byHttp }: Answering,
  sizes: Sizes,
): Promise<Figure[]> {
  const each = (give: (statement: string) => Promise<unknown>) => async () => {
    for (const statement of statements) await give(statement);
  };
  const ways = {
    ours: () => ask(server),
    theirs: each((statement) => program.run(statement)),
    bare: each(byHttp),
  };
  const requests = isShort && !sizes.quick ? WARM_UP_REQUESTS : 1;
  for (const way of Object.values(ways))
    for (let sent = 0; sent < requests; sent += statements.length) await way();
  const { ours, theirs, bare } = await inTurns(sizes, {
    ours: () => medianTime(runs, ways.ours),
    theirs: () => medianTime(runs, ways.theirs),
    bare: () => medianTime(runs, ways.bare),
  });
  const described = { id: 'Q1', what, unit: 'ms' };
  const limit = { what: 'the same SQL by sqlite3', samples: theirs };
  const figures = [ratioFigure(described, ours, limit, LIMIT)];
  if (firstPage) figures.push(boundFigure(described, ours, { atMost: 10 }));
  if (isShort)
    figures.push(
      ratioFigure(described, ours, { what: 'the same SQL by node:http and the driver', samples: bare }),
      ratioFigure({ ...described, what: `${what}, by node:http and the driver` }, bare, limit),
    );
  return figures;
}
