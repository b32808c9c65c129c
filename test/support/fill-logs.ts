import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';

/**
 * Puts about so many mebibytes of entries into the logs database of a server that does not run, in the form in which
 * ingest leaves them, but in seconds.
 */
export async function fillLogs(dataDir: string, mebibytes: number): Promise<void> {
  const { live } = JSON.parse(await readFile(join(dataDir, 'current.json'), 'utf8'));
  const file = join(dataDir, 'logs', `${String(live.logs).padStart(4, '0')}.db`);
  const connection = await SqliteConnection.open(file, 'readwrite');
  // A row takes its 1,000 bytes of text, its fields and its place in the index.
  const rows = Math.ceil((mebibytes * 1024 * 1024) / 1070);
  await connection.exec(`
    PRAGMA synchronous = OFF;
    BEGIN;
    INSERT INTO stream (name, entry_count) VALUES ('bulk', ${rows});
    INSERT INTO stream_field (stream_id, name) SELECT id, '"message"' FROM stream WHERE name = 'bulk';
    INSERT INTO entry (stream_id, timestamp_ms, sub_ns, fields)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
      SELECT (SELECT id FROM stream WHERE name = 'bulk'), 1700000000000 + i, 0,
        json_object('message', i || ' ' || hex(randomblob(495))) FROM n;
    UPDATE stream SET entry_bytes = (SELECT sum(octet_length(fields) + 64) FROM entry WHERE stream_id = stream.id)
      WHERE name = 'bulk';
    COMMIT;
    PRAGMA wal_checkpoint(TRUNCATE);`);
  await connection.close();
}
