import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';
import { TestServer } from '../support/test-server.js';
import { ALWAYS, LogsClient } from './logs-client.js';

let server: TestServer;
let logs: LogsClient;

beforeAll(async () => {
  server = await TestServer.start();
  logs = new LogsClient(server, await server.login());
});
afterAll(() => server.stop());

const MEBIBYTE = 1024 * 1024;
/** A log whose fields take so many bytes as JSON, and which says its number. */
const record = (n: number, bytes = 1000) => ({
  n: String(n),
  x: 'x'.repeat(bytes - `{"n":"${n}","x":""}`.length),
});
const numbers = async (stream: string, client = logs) =>
  (await client.records(stream)).map(({ fields }) => Number(fields.n));
const usage = async (stream: string, client = logs) =>
  (await client.ok('GET', `streams/${stream}/usage`)).usage;
const configure = (stream: string, config: object, client = logs) =>
  client.ok('PUT', `streams/${stream}`, { config });

async function fill(stream: string, count: number, client = logs, bytes = 1000): Promise<void> {
  await client.route(`to-${stream}`, stream);
  for (let n = 0; n < count; n += 500) {
    const records = Array.from({ length: Math.min(500, count - n) }, (_, k) => record(n + k, bytes));
    await client.ok('POST', `pipelines/to-${stream}/logs/struct`, { records });
  }
}

/** Rows of the table, whether queries show them or not. */
async function rows(dataDir: string, query: string): Promise<any[]> {
  const connection = await SqliteConnection.open(join(dataDir, 'logs', '0001.db'), 'readonly');
  try {
    return await connection.all(query);
  } finally {
    await connection.close();
  }
}

async function until(what: () => Promise<boolean>, seconds = 20): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await what())) {
    if (Date.now() > deadline) throw new Error('it did not come to that');
    await sleep(50);
  }
}

describe('age', () => {
  it('takes logs out of queries at once when their time is over, and removes them later', async () => {
    await configure('aged', { ttl: 1 });
    await fill('aged', 3);
    expect(await numbers('aged')).toEqual([2, 1, 0]);
    const stored = Date.parse((await logs.records('aged'))[0]!.timestamp);
    let seen = await numbers('aged');
    while (seen.length > 0) {
      expect(Date.now() - stored, 'shown after its time').toBeLessThan(1500);
      await sleep(20);
      seen = await numbers('aged');
    }
    expect(Date.now() - stored, 'gone before its time').toBeGreaterThanOrEqual(1000);
    await until(async () => (await usage('aged')) === 0);
    expect((await logs.ok('GET', 'streams/aged/fields')).fields, 'names of fields stay').toEqual(['n', 'x']);
  });

  it('is fixed when a log is stored: another one counts for what comes then', async () => {
    await fill('fixed', 2);
    await configure('fixed', { ttl: 1 });
    await fill('fixed', 1);
    expect(await numbers('fixed')).toHaveLength(3);
    await sleep(1100);
    expect(await numbers('fixed')).toEqual([1, 0]);
    await configure('fixed', { ttl: 0 });
    await fill('fixed', 1);
    await sleep(1100);
    expect(await numbers('fixed')).toEqual([0, 1, 0]);
  });

  it('takes any number, as in the reference', async () => {
    for (const ttl of [-1, Number.MAX_SAFE_INTEGER]) {
      await configure('odd', { ttl, size: -ttl });
      await fill('odd', 1);
    }
    expect(await numbers('odd')).toEqual([0, 0]);
  });
});

describe('size', () => {
  it('counts the JSON of the fields and 64 bytes for each log', async () => {
    expect(await usage('absent')).toBe(0);
    await fill('counted', 10);
    expect(await usage('counted')).toBe(10 * 1064);
    await logs.ok('DELETE', 'streams/counted');
    expect(await usage('counted')).toBe(0);
  });

  it('is kept at every moment while logs come in: the oldest go', async () => {
    await configure('sized', { size: 1 });
    const fit = Math.floor(MEBIBYTE / 1064);
    for (let round = 0; round < 4; round++) {
      await fill('sized', 700);
      expect(await usage('sized')).toBeLessThanOrEqual(MEBIBYTE);
    }
    const shown = await numbers('sized');
    expect(shown).toHaveLength(fit);
    const newest = Array.from({ length: 4 * 700 }, (_, n) => n % 700).toReversed();
    expect(shown).toEqual(newest.slice(0, fit));
  });

  it('counts at once when it is made smaller, and what no longer fits is removed later', async () => {
    await fill('shrunk', 6000);
    await configure('shrunk', { size: 2 });
    expect(await usage('shrunk')).toBeLessThanOrEqual(2 * MEBIBYTE);
    const fit = Math.floor((2 * MEBIBYTE) / 1064);
    expect(await numbers('shrunk')).toEqual(Array.from({ length: fit }, (_, n) => 5999 - n));
    // Also page by page, and from the old end.
    const oldest = (await logs.records('shrunk')).at(-1)!;
    const window = `from=1970-01-01T00:00:00Z&to=${new Date(Date.parse(oldest.timestamp) + 1).toISOString()}`;
    expect((await logs.records('shrunk', window)).at(-1)).toEqual(oldest);
    await until(async () => {
      const [row] = await rows(server.dataDir, `SELECT * FROM stream WHERE name = 'shrunk'`);
      return row.entry_count === fit && row.hidden_bytes === 0 && row.floor_ms === null;
    });
    expect(await numbers('shrunk')).toHaveLength(fit);
    expect(await usage('shrunk')).toBe(fit * 1064);
  });

  it('leaves nothing of a stream into which nothing fits, and takes logs again when it is larger', async () => {
    await configure('tiny', { size: 1 });
    await fill('tiny', 1, logs, 2 * MEBIBYTE);
    expect(await numbers('tiny')).toEqual([]);
    await configure('tiny', { size: 0 });
    await fill('tiny', 1, logs, 2 * MEBIBYTE);
    expect(await numbers('tiny')).toEqual([0]);
  });

  it('goes on after a crash in the middle, and shows no more than it may from the start', async () => {
    let own = await TestServer.start();
    try {
      let client = new LogsClient(own, await own.login());
      await fill('crashed', 5000, client);
      own = await own.restarted({ FLOWG_TEST_FAILPOINTS: 'upkeep.step=kill' });
      client = new LogsClient(own, await own.login());
      await configure('crashed', { size: 1 }, client).catch(() => undefined);
      expect(await own.ended()).toBe('SIGKILL');
      own = await own.restarted({ FLOWG_TEST_FAILPOINTS: '' });
      client = new LogsClient(own, await own.login());
      const fit = Math.floor(MEBIBYTE / 1064);
      expect(await numbers('crashed', client)).toEqual(Array.from({ length: fit }, (_, n) => 4999 - n));
      await until(async () => {
        const [row] = await rows(own.dataDir, `SELECT * FROM stream WHERE name = 'crashed'`);
        return row.entry_count === fit && row.floor_ms === null;
      });
    } finally {
      await own.stop();
      await rm(own.dataDir, { recursive: true, force: true });
    }
  });
});

it('a purge, and what is removed for its age, do not stall others', async () => {
  await fill('large', 20_000);
  let longest = 0;
  let going = true;
  const others = (async () => {
    await logs.route('others', 'others');
    for (let n = 0; going; n++) {
      const started = performance.now();
      await logs.ingest('others', { n: String(n) });
      longest = Math.max(longest, performance.now() - started);
    }
  })();
  await logs.ok('DELETE', 'streams/large');
  going = false;
  await others;
  console.log(`longest ingest request during a purge of 20,000 logs: ${longest.toFixed(0)} ms`);
  expect(await logs.records('large', ALWAYS)).toEqual([]);
  expect((await numbers('others')).length).toBeGreaterThan(5);
});
