import { isUtf8 } from 'node:buffer';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';
import { formatInstant } from '#src/logs/instant.js';
import { EntryPagesStore } from '#src/logs/query/entry-pages.store.js';
import { RECORD_TEXT } from '#src/logs/query/record-text.store.js';
import { type LogsFolder, openLogs, store } from '../logs-merge/logs-folder.js';
import { recordsOf } from '../support/page-records.js';

let folder: LogsFolder;

beforeAll(async () => {
  folder = await openLogs();
});
afterAll(() => folder.close());

it('is written by SQLite as it would be here', async () => {
  const connection = await SqliteConnection.open(':memory:', 'create');
  const instants = fc.record({
    timestampMs: fc.oneof(
      fc.nat({ max: 253402300799999 }),
      fc.nat({ max: 253402300799 }).map((s) => s * 1000),
    ),
    subNs: fc.oneof(
      fc.nat({ max: 999999 }),
      fc.nat({ max: 999 }).map((us) => us * 1000),
      fc.constant(0),
    ),
  });
  await fc.assert(
    fc.asyncProperty(instants, async (instant) => {
      const [row] = await connection.all(
        `SELECT ${RECORD_TEXT} AS text 
         FROM (SELECT CAST(? AS INTEGER) AS timestamp_ms, CAST(? AS INTEGER) AS sub_ns, '{"a":"b"}' AS fields)`,
        [instant.timestampMs, instant.subNs],
      );
      expect(row!.text).toBe(`{"timestamp":"${formatInstant(instant)}","fields":{"a":"b"}}`);
    }),
    { numRuns: 2000 },
  );
  await connection.close();
});

it('is UTF-8 also where a restored file has other bytes', async () => {
  await store(folder, [{ stream: 's', timestampMs: 5, record: { a: 'b' } }]);
  await folder.logs.write((manager) =>
    manager.query(`UPDATE entry SET fields = CAST(x'7b2261223a22ff227d' AS TEXT)`),
  );
  const pages = new EntryPagesStore(folder.logs).pages('s', { fromMs: 0, toMs: 10 });
  const page = (await pages.next()).value!;
  await pages.return(undefined);
  expect(recordsOf(page)).toEqual([{ timestamp: '1970-01-01T00:00:00.005Z', fields: { a: '\ufffd' } }]);
  expect(isUtf8(page.text)).toBe(true);
});
