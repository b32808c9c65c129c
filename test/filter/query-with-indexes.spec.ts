import * as fc from 'fast-check';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Databases } from '#src/database/databases.js';
import type { SqliteDatabase } from '#src/database/sqlite/sqlite-database.js';
import { compileFilter } from '#src/filter/compile-filter.js';
import type { Filter } from '#src/filter/filter.js';
import { parseFilter } from '#src/filter/parse-filter.js';
import { logsSchema } from '#src/logs/logs.schema.js';
import { EntriesStore, type NewEntry } from '#src/logs/entries/entries.store.js';
import { entryFilter } from '#src/logs/query/entry-filter.js';
import { EntryPagesStore } from '#src/logs/query/entry-pages.store.js';
import { FieldIndexesStore } from '#src/logs/streams/field-indexes.store.js';
import { StreamsStore } from '#src/logs/streams/streams.store.js';
import { readSettings } from '#src/settings.js';
import { recordsOf } from '../support/page-records.js';
import { cases, RUNS } from './arbitraries.js';

const RECORDS_OF_CASE = 6;

let dataDir: string;
let databases: Databases;
let logs: SqliteDatabase;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'flowg-filters-'));
  const settings = readSettings({ FLOWG_DATA_DIR: dataDir });
  databases = await Databases.create(dataDir, settings.databaseDirs, {
    walBudgetBytes: 0,
    diskReserveBytes: 0,
    undoCount: 0,
    undoMilliseconds: 0,
  });
  const directory = settings.databaseDirs.logs;
  logs = await databases.open({ ...logsSchema, name: 'logs', directory, durability: 'normal' });
});
afterAll(async () => {
  await databases.onApplicationShutdown();
  await rm(dataDir, { recursive: true });
});

it('a query finds what the filter matches, without indexes, while they are built, and with them', async () => {
  const [entries, pages] = [new EntriesStore(logs), new EntryPagesStore(logs)];
  const [streams, indexes] = [new StreamsStore(logs), new FieldIndexesStore(logs)];
  const query = async (stream: string, filter: Filter) => {
    const found: number[] = [];
    const selection = { fromMs: 0, toMs: 2_000_000_000_000, filter: entryFilter(filter) };
    for await (const page of pages.pages(stream, selection))
      found.push(...recordsOf(page).map(({ timestamp }) => Date.parse(timestamp)));
    return found.toReversed();
  };
  let number = 0;
  let byIndex = 0;
  await fc.assert(
    fc.asyncProperty(cases, async ({ rows, filter }) => {
      const stream = `s${number++}`;
      const news = rows.map(({ record }, place): NewEntry => ({
        stream,
        record,
        fields: JSON.stringify(record),
        instant: { timestampMs: place, subNs: 0 },
      }));
      const matches = compileFilter(filter);
      const expected = rows.flatMap(({ record }, place) => (matches(record) ? [place] : []));
      // Half before there are indexes, half after: both ways into an index are taken.
      await entries.append(news.slice(0, 3), []);
      const names = [...new Set(rows.flatMap(({ record }) => Object.keys(record)))];
      const indexed = new Set(names);
      expect(await query(stream, filter)).toEqual(expected.filter((place) => place < 3));
      await streams.configure(stream, { ttl: 0, size: 0, indexed_fields: names });
      await entries.append(news.slice(3), []);
      expect(await query(stream, filter)).toEqual(expected);
      while ((await indexes.list(stream)).some(({ ready }) => !ready)) await indexes.buildStep();
      expect(await query(stream, filter)).toEqual(expected);
      byIndex += Number(entryFilter(filter).seeks((field) => indexed.has(field)).length > 0);
    }),
    { numRuns: Math.ceil(RUNS / RECORDS_OF_CASE) },
  );
  expect(byIndex / number, 'an index was hardly ever used').toBeGreaterThan(0.1);
}, 600_000);

it('a query goes on without an index that is given up meanwhile, and misses nothing', async () => {
  const [entries, pages] = [new EntriesStore(logs), new EntryPagesStore(logs)];
  const [streams, indexes] = [new StreamsStore(logs), new FieldIndexesStore(logs)];
  const count = 5000;
  const record = { a: 'x' };
  const fields = JSON.stringify(record);
  const news = Array.from({ length: count }, (_, n): NewEntry => ({
    stream: 'given-up',
    record,
    fields,
    instant: { timestampMs: n, subNs: 0 },
  }));
  await entries.append(news, []);
  await streams.configure('given-up', { ttl: 0, size: 0, indexed_fields: ['a'] });
  while ((await indexes.list('given-up')).some(({ ready }) => !ready)) await indexes.buildStep();
  const filter = entryFilter(parseFilter('a = "x"'));
  const found: number[] = [];
  for await (const page of pages.pages('given-up', { fromMs: 0, toMs: count, filter })) {
    found.push(...recordsOf(page).map(({ timestamp }) => Date.parse(timestamp)));
    if (found.length > 1000) continue;
    await streams.configure('given-up', { ttl: 0, size: 0, indexed_fields: [] });
    for (let step = 0; step < 5; step++) await indexes.removeStep();
  }
  expect(found).toEqual(Array.from({ length: count }, (_, n) => count - 1 - n));
});
