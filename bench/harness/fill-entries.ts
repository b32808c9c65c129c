import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';
import { indexedPart, VALUE } from '#src/logs/entries/field-value.js';
import { liveFiles } from '../../test/support/live-state.js';
import { settledDisk } from './settled-disk.js';

/** The newest entry of every filled stream: 2026-01-01T00:00:00Z. */
export const NEWEST_MS = 1_767_225_600_000;
/** From one entry to the next: a stream of 5 million is about a day, and 15 minutes of it are 52,900 entries. */
export const STEP_MS = 17;
export const FIELDS = ['level', 'app', 'user', 'trace', 'message'];

/** The file that holds the logs of a data folder. */
export async function logsFile(dataDir: string): Promise<string> {
  return (await liveFiles(dataDir)).logs;
}

/**
 * Puts entries of some 200 bytes of fields into a stream of a server that does not run, as ingest leaves them, a million
 * in about five seconds. One in a hundred has the level `error`, one in ten `warn`; there are 50,000 users.
 * @param indexed fields that have an index, complete.
 */
export async function fillEntries(
  dataDir: string,
  stream: string,
  entries: number,
  indexed: string[] = [],
): Promise<void> {
  const connection = await SqliteConnection.open(await logsFile(dataDir), 'readwrite');
  await connection.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN');
  await connection.all('INSERT INTO stream (name, indexed_fields, entry_count) VALUES (?, ?, ?)', [
    stream,
    JSON.stringify(indexed),
    entries,
  ]);
  const [row] = await connection.all<{ id: number }>('SELECT id FROM stream WHERE name = ?', [stream]);
  const { id } = row!;
  await connection.all(
    'INSERT INTO stream_field (stream_id, name) SELECT ?, json_quote(value) FROM json_each(?)',
    [id, JSON.stringify(FIELDS)],
  );
  await connection.all(
    `INSERT INTO entry (stream_id, timestamp_ms, sub_ns, fields)
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
     SELECT ?1, ${NEWEST_MS} + (i - ?2) * ${STEP_MS}, i * 7919 % 1000000, ${FIELDS_OF_I} FROM n`,
    [id, entries],
  );
  await connection.exec(`UPDATE stream SET entry_bytes =
    (SELECT sum(octet_length(fields) + 64) FROM entry WHERE stream_id = ${id}) WHERE id = ${id}`);
  for (const field of indexed) await fillIndex(connection, id, field);
  await connection.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
  await connection.close();
  await settledDisk();
}

const FIELDS_OF_I = `'{"level":"' || iif(i % 100 = 0, 'error', iif(i % 10 = 0, 'warn', 'info'))
  || '","app":"app-' || (i % 8) || '","user":"user-' || (i * 7919 % 50000) || '","trace":"' || printf('%016x', i * 2654435761)
  || '","message":"GET /cart/' || i || ' HTTP/1.1 200 took ' || (i % 900) || 'ms for a session of a shop in the cloud"}'`;

async function fillIndex(connection: SqliteConnection, streamId: number, field: string): Promise<void> {
  await connection.all(
    `INSERT INTO stream_index (stream_id, field, built_count, total_count)
     SELECT id, json_quote(?2), entry_count, entry_count FROM stream WHERE id = ?1`,
    [streamId, field],
  );
  await connection.all(
    `INSERT INTO indexed_value (index_id, value, timestamp_ms, entry_id)
     SELECT stream_index.id, ${indexedPart(VALUE)}, entry.timestamp_ms, entry.id
     FROM stream_index JOIN entry ON entry.stream_id = stream_index.stream_id
     WHERE stream_index.stream_id = ?1 AND field = json_quote(?2) ORDER BY 1, 2, 3, 4`,
    [streamId, field],
  );
}
