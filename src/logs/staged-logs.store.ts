import type { StagedGeneration } from '../database/database.js';

export interface StagedStream {
  id: number;
  name: string | null;
  /** The name as the file has it, which need not be UTF-8. */
  nameBytes: Buffer | null;
  ttl: number;
  size: number;
  indexedFields: string;
}

/** One at a time: a list of indexed fields may be as large as a request. */
export async function* stagedStreams(staged: StagedGeneration): AsyncGenerator<StagedStream> {
  let last = 0;
  for (;;) {
    const [row] = await staged.read((manager) =>
      manager.query<StagedStream[]>(
        `SELECT id, name, CAST(name AS BLOB) AS nameBytes, ttl_seconds AS ttl, size_mb AS size,
           indexed_fields AS indexedFields
         FROM stream WHERE id > ? ORDER BY id LIMIT 1`,
        [last],
      ),
    );
    if (!row) return;
    yield row;
    last = row.id;
  }
}

/** The highest id of a stream or an entry, 0 where there is none. */
export async function highestStagedId(staged: StagedGeneration): Promise<number> {
  const [row] = await staged.read((manager) =>
    manager.query<{ id: number }[]>(
      `SELECT max((SELECT coalesce(max(id), 0) FROM entry), (SELECT coalesce(max(id), 0) FROM stream)) AS id`,
    ),
  );
  return row!.id;
}

/** A stream that says another number of entries than it has. */
export async function miscountedStream(
  staged: StagedGeneration,
): Promise<{ name: string | null } | undefined> {
  const [row] = await staged.read((manager) =>
    manager.query<{ name: string | null }[]>(
      `SELECT name FROM stream
       WHERE entry_count <> (SELECT count(*) FROM entry WHERE entry.stream_id = stream.id) LIMIT 1`,
    ),
  );
  return row;
}
