import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';
import { RECORD } from '../harness/bench-server.js';
import { serveMeasurements } from '../harness/measured-peer.js';

/**
 * The least that storing records can cost: the `sqlite3` package, one statement and one sync to disk for each batch, into
 * the table of entries with its index. Measures rows stored in a second, `batch` of them at a time, for so many `seconds`.
 * The parameter of the command line is a logs database that no server has.
 */
const connection = await SqliteConnection.open(process.argv[2]!, 'readwrite');
await connection.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  INSERT INTO stream (name) VALUES ('raw');`);
const [stream] = await connection.all<{ id: number }>("SELECT id FROM stream WHERE name = 'raw'");

serveMeasurements(async (asked) => {
  const batch = Number(asked.get('batch'));
  const start = performance.now();
  const end = start + Number(asked.get('seconds')) * 1000;
  let rows = 0;
  while (performance.now() < end) {
    await insert(batch);
    rows += batch;
  }
  return (rows * 1000) / (performance.now() - start);
});

async function insert(count: number): Promise<void> {
  const row = [stream!.id, Date.now(), 0, JSON.stringify(RECORD)];
  await connection.all(
    `INSERT INTO entry (stream_id, timestamp_ms, sub_ns, fields)
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)`,
    [JSON.stringify(Array.from({ length: count }, () => row))],
  );
}
