import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';
import { download, upload } from '../support/backup-client.js';
import { TestServer } from '../support/test-server.js';
import { ALWAYS, LogsClient } from './logs-client.js';

let server: TestServer;
let logs: LogsClient;

beforeAll(async () => {
  server = await TestServer.start();
  logs = new LogsClient(server, await server.login());
});
afterAll(() => server.stop());

/** The reference loses results of indexed fields above 100,000 logs. */
const COUNT = Number(process.env.FLOWG_TEST_INDEXED_LOGS ?? 30_000);
const LONG = 'l'.repeat(64);
const APPS = ['shop', 'auth', '', 'sh', 'shop ', 'n\0ul', `${LONG}1`, `${LONG}2`, 'é🙂'];

/** Logs that tell where they are, with a field of few values and one that is not always there. */
const recordOf = (n: number): Record<string, string> => ({
  n: String(n),
  app: APPS[n % APPS.length]!,
  ...(n % 3 === 0 && { level: n % 2 ? 'error' : 'info' }),
  'odd "name"\0': String(n % 2),
});

async function fill(stream: string, from: number, to: number, client = logs): Promise<void> {
  await client.route(`to-${stream}`, stream);
  // An index is built in steps of 2000: those should end amid the logs of one millisecond.
  for (let n = from; n < to; n += 1700) {
    const records = Array.from({ length: Math.min(1700, to - n) }, (_, k) => recordOf(n + k));
    await client.ok('POST', `pipelines/to-${stream}/logs/struct`, { records });
  }
}

const configure = (stream: string, fields: string[], client = logs, more: object = {}) =>
  client.ok('PUT', `streams/${stream}`, { config: { indexed_fields: fields, ...more } });

const indexes = async (stream: string, client = logs) =>
  (await client.ok('GET', `streams/${stream}/indexes`)).indexes as {
    field: string;
    ready: boolean;
    built_count: number;
    total_count: number;
  }[];

async function ready(stream: string, client = logs): Promise<void> {
  while (!(await indexes(stream, client)).every((index) => index.ready)) await sleep(20);
}

async function found(stream: string, filter: string, client = logs): Promise<number[]> {
  const query = `${ALWAYS}&filter=${encodeURIComponent(filter)}`;
  return (await client.records(stream, query)).map(({ fields }) => Number(fields.n));
}

const matching = (to: number, matches: (record: Record<string, string>) => boolean) =>
  Array.from({ length: to }, (_, n) => n)
    .filter((n) => matches(recordOf(n)))
    .toReversed();

const FILTERS: [filter: string, matches: (record: Record<string, string>) => boolean][] = [
  ['app = "shop"', ({ app }) => app === 'shop'],
  ['app = ""', ({ app }) => app === ''],
  [`app = "${LONG}1"`, ({ app }) => app === `${LONG}1`],
  [`app = "${LONG}"`, () => false],
  ['app in ["auth", "é🙂", "nobody"]', ({ app }) => app === 'auth' || app === 'é🙂'],
  ['app in []', () => false],
  ['app = "n\\u{0}ul"', ({ app }) => app === 'n\0ul'],
  ['level = "error"', ({ level }) => level === 'error'],
  ['level != "error"', ({ level }) => level !== 'error'],
  ['app = "shop" and level = "error"', ({ app, level }) => app === 'shop' && level === 'error'],
  ['app = "shop" or level = "error"', ({ app, level }) => app === 'shop' || level === 'error'],
  ['app = "shop" or n = "5"', ({ app, n }) => app === 'shop' || n === '5'],
  ['app = "shop" and n matches "^1.*7$"', ({ app, n }) => app === 'shop' && /^1.*7$/.test(n!)],
  ['not (app = "shop") and level = "info"', ({ app, level }) => app !== 'shop' && level === 'info'],
];

describe('an index', () => {
  it('gives the same answers as none, while it is built and when it is ready', async () => {
    const count = COUNT;
    await fill('same', 0, count);
    const expected = FILTERS.map(([, matches]) => matching(count, matches));
    for (const [place, [filter]] of FILTERS.entries())
      expect(await found('same', filter), filter).toEqual(expected[place]);

    await configure('same', ['app', 'level', 'absent', 'odd "name"\0']);
    const building = (await indexes('same')).some((index) => !index.ready);
    for (const [place, [filter]] of FILTERS.entries())
      expect(await found('same', filter), `${filter}, while it is built`).toEqual(expected[place]);
    expect(building, 'the index was ready at once: nothing was looked at while it was built').toBe(true);

    await ready('same');
    expect(await indexes('same')).toEqual(
      ['absent', 'app', 'level', 'odd "name"\0'].map((field) => ({
        field,
        ready: true,
        built_count: count,
        total_count: count,
      })),
    );
    for (const [place, [filter]] of FILTERS.entries())
      expect(await found('same', filter), `${filter}, when it is ready`).toEqual(expected[place]);
    const odd = await found('same', '$env["odd \\"name\\"\\u{0}"] = "1" and app = "shop"');
    expect(odd).toEqual(matching(count, (record) => record['odd "name"\0'] === '1' && record.app === 'shop'));
  });

  it('pages through its answers', async () => {
    const pages: number[][] = [];
    let cursor = '';
    do {
      const query = `${ALWAYS}&limit=700&filter=${encodeURIComponent('app in ["shop", "auth"]')}${cursor}`;
      const { records, next_cursor } = await logs.ok('GET', `streams/same/logs?${query}`);
      pages.push(records.map(({ fields }: { fields: Record<string, string> }) => Number(fields.n)));
      cursor = next_cursor && `&cursor=${next_cursor}`;
    } while (cursor);
    expect(pages.length).toBeGreaterThan(5);
    expect(pages.flat()).toEqual(matching(COUNT, ({ app }) => app === 'shop' || app === 'auth'));
  });

  it('has what is stored while it is built, and after, and loses what is removed', async () => {
    const count = 20_000;
    await fill('growing', 0, count);
    await configure('growing', ['app']);
    let next = count;
    while (!(await indexes('growing'))[0]!.ready) await fill('growing', next, (next += 10));
    await fill('growing', next, (next += 10));
    expect(next - count, 'nothing was stored while it was built').toBeGreaterThan(10);
    expect(await found('growing', 'app = "shop"')).toEqual(matching(next, ({ app }) => app === 'shop'));
    await configure('growing', ['app'], logs, { size: 1 });
    const left = (await logs.records('growing')).map(({ fields }) => Number(fields.n));
    expect(left.length).toBeLessThan(count);
    expect(await found('growing', 'app = "shop"')).toEqual(left.filter((n) => recordOf(n).app === 'shop'));
  });

  it('is given up when its field is no longer to be indexed, and begun anew when it is again', async () => {
    await configure('growing', ['n']);
    expect((await indexes('growing')).map(({ field }) => field)).toEqual(['n']);
    await configure('growing', ['app']);
    await ready('growing');
    const left = (await logs.records('growing')).map(({ fields }) => Number(fields.n));
    expect(await found('growing', 'app = "auth"')).toEqual(left.filter((n) => recordOf(n).app === 'auth'));
    await logs.ok('DELETE', 'streams/growing');
    expect(await indexes('growing')).toEqual([]);
    expect(await found('growing', 'app = "auth"')).toEqual([]);
  });

  it('of more than a hundred fields is refused', async () => {
    const fields = Array.from({ length: 101 }, (_, n) => `f${n}`);
    const { status, body } = await logs.request('PUT', 'streams/many', {
      config: { indexed_fields: fields },
    });
    expect([status, body.error]).toEqual([
      400,
      expect.stringMatching(/indexed_fields: at most 100 are possible/),
    ]);
  });
});

it('indexes leave nothing behind that does not belong to them', async () => {
  const file = join(server.dataDir, 'logs', '0001.db');
  const count = async (query: string) => {
    const connection = await SqliteConnection.open(file, 'readonly');
    const [row] = await connection.all<{ n: number }>(query);
    await connection.close();
    return row!.n;
  };
  while ((await count('SELECT count(*) AS n FROM stream_index WHERE field IS NULL')) > 0) await sleep(50);
  expect(
    await count(`SELECT count(*) AS n FROM indexed_value
      WHERE index_id NOT IN (SELECT id FROM stream_index) OR entry_id NOT IN (SELECT id FROM entry)`),
  ).toBe(0);
});

it('a build goes on after kill -9, and on the server that a backup is restored on', async () => {
  const failpoints = (text: string) => ({ FLOWG_TEST_FAILPOINTS: text });
  let own = await TestServer.start();
  let other: TestServer | undefined;
  try {
    let client = new LogsClient(own, await own.login());
    await fill('killed', 0, 12_000, client);
    own = await own.restarted(failpoints('upkeep.step=sleep:300'));
    client = new LogsClient(own, await own.login());
    await configure('killed', ['app'], client);
    await sleep(700);
    const [half] = await indexes('killed', client);
    expect(half!.ready).toBe(false);
    expect(half!.built_count).toBeGreaterThan(0);
    const { bytes } = await download(own, client.token!, 'logs');
    await own.kill();

    own = await own.restarted(failpoints(''));
    client = new LogsClient(own, await own.login());
    await ready('killed', client);
    const expected = matching(12_000, ({ app }) => app === 'shop');
    expect(await found('killed', 'app = "shop"', client)).toEqual(expected);

    other = await TestServer.start();
    const there = new LogsClient(other, await other.login());
    expect((await upload(other, there.token!, 'logs', bytes)).status).toBe(200);
    await ready('killed', there);
    expect(await indexes('killed', there)).toMatchObject([{ ready: true, built_count: 12_000 }]);
    expect(await found('killed', 'app = "shop"', there)).toEqual(expected);
  } finally {
    await other?.stop();
    await own.stop();
    await rm(own.dataDir, { recursive: true, force: true });
  }
});
