import { SqliteConnection } from '#src/database/sqlite/sqlite-connection.js';
import { liveFiles } from './live-state.js';

/** Entries that a database is filled with. */
export interface EntryKind {
  /** SQL for the JSON of the `i`-th entry. */
  fields: string;
  /** Names of its fields, the same in all entries. */
  names: string[];
  /** What a row takes in the file on average: its fields, the rest of it, and its place in the index. */
  rowBytes: number;
}

/** Few and large: a file of some size within the least time. */
export const LARGE_ENTRIES: EntryKind = {
  fields: `json_object('message', i || ' ' || hex(randomblob(495)))`,
  names: ['message'],
  rowBytes: 1070,
};

/** What a web server writes: four fields, some 190 bytes of JSON, one entry in 16 with 1,000 bytes more. */
export const ORDINARY_ENTRIES: EntryKind = {
  fields: `json_object('level', iif(i % 50, 'info', 'error'), 'host', printf('web-%02d', i % 12), 'app', 'shop',
    'message', printf('GET /cart/%d HTTP/1.1 200 took %dms for user %d with session %s', i, i % 97, i % 17482,
      hex(randomblob(iif(i % 16, 16, 516)))))`,
  names: ['level', 'host', 'app', 'message'],
  rowBytes: 280,
};

/**
 * Puts about so many mebibytes of entries into the logs database of a server that does not run, in the form in which
 * ingest leaves them, but in seconds.
 */
export async function fillLogs(
  dataDir: string,
  mebibytes: number,
  { fields, names, rowBytes }: EntryKind = LARGE_ENTRIES,
): Promise<void> {
  const connection = await SqliteConnection.open((await liveFiles(dataDir)).logs, 'readwrite');
  const rows = Math.ceil((mebibytes * 1024 * 1024) / rowBytes);
  await connection.exec(`
    PRAGMA synchronous = OFF;
    BEGIN;
    INSERT INTO stream (name, entry_count) VALUES ('bulk', ${rows});
    INSERT INTO stream_field (stream_id, name)
      SELECT stream.id, json_quote(value) FROM stream, json_each('${JSON.stringify(names)}') WHERE stream.name = 'bulk';
    INSERT INTO entry (stream_id, timestamp_ms, sub_ns, fields)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
      SELECT (SELECT id FROM stream WHERE name = 'bulk'), 1700000000000 + i, 0, ${fields} FROM n;
    UPDATE stream SET entry_bytes = (SELECT sum(octet_length(fields) + 64) FROM entry WHERE stream_id = stream.id)
      WHERE name = 'bulk';
    COMMIT;
    PRAGMA wal_checkpoint(TRUNCATE);`);
  await connection.close();
}
