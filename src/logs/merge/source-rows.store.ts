import type { EntryKey, Readable } from './stream-side.store.js';
import type { StoredEntry } from '../entries/stored-entry.js';

/** An entry on its way from one database to another. */
export interface SourceRow extends StoredEntry {
  /** The name of its stream: ids differ between databases. */
  stream: string;
  expiresMs: number | null;
}

/** By id. Those that have expired, are hidden or gone, or whose stream was purged, are left out. */
export function readRows(source: Readable, ids: number[], nowMs: number): Promise<SourceRow[]> {
  return source.read((manager) =>
    manager.query<SourceRow[]>(
      `SELECT entry.id, stream.name AS stream, entry.timestamp_ms AS timestampMs, entry.sub_ns AS subNs, entry.fields,
         entry.expires_ms AS expiresMs
       FROM json_each(?) AS wanted JOIN entry ON entry.id = wanted.value JOIN stream ON stream.id = entry.stream_id
       WHERE stream.name IS NOT NULL AND (entry.expires_ms IS NULL OR entry.expires_ms > ?)
         AND (stream.floor_ms IS NULL OR (entry.timestamp_ms, entry.id) > (stream.floor_ms, stream.floor_id))
       ORDER BY entry.id`,
      [JSON.stringify(ids), nowMs],
    ),
  );
}

/** An entry by which one can tell later that no id up to its own was given a second time. */
export interface Mark extends EntryKey {
  streamId: number;
  subNs: number;
}

const MARK =
  'id, stream_id AS streamId, timestamp_ms AS timestampMs, sub_ns AS subNs, octet_length(fields) AS bytes';

/** The newest entry of all; undefined where there is none. */
export async function newestMark(source: Readable): Promise<Mark | undefined> {
  const [newest] = await source.read((manager) =>
    manager.query<Mark[]>(`SELECT ${MARK} FROM entry ORDER BY id DESC LIMIT 1`),
  );
  return newest;
}

/**
 * What was stored behind the entry that was the newest one, at most `limit`, in the order of storing.
 * New entries get the ids behind the newest one: while that is there, a higher id is a newer entry, and no other is.
 * @param mark undefined where there was no entry.
 * @returns undefined when the entry is not there any more, and so nobody can say.
 */
export function storedBehind(
  source: Readable,
  mark: Mark | undefined,
  limit: number,
): Promise<Mark[] | undefined> {
  return source.read(async (manager) => {
    if (mark) {
      const [same] = await manager.query<unknown[]>(
        'SELECT 1 FROM entry WHERE id = ? AND stream_id = ? AND timestamp_ms = ? AND sub_ns = ?',
        [mark.id, mark.streamId, mark.timestampMs, mark.subNs],
      );
      if (!same) return undefined;
    }
    return manager.query<Mark[]>(`SELECT ${MARK} FROM entry WHERE id > ? ORDER BY id LIMIT ?`, [
      mark?.id ?? 0,
      limit,
    ]);
  });
}
