import type { EntityManager } from 'typeorm';

/** Gives up the indexes of a stream, all of them or those of some fields: nobody uses them any more from here on. */
export async function dropIndexes(manager: EntityManager, streamId: number, ids?: number[]): Promise<void> {
  const some = ids ? 'AND id IN (SELECT value FROM json_each(?))' : '';
  await manager.query(`UPDATE stream_index SET field = NULL, until_id = NULL WHERE stream_id = ? ${some}`, [
    streamId,
    ...(ids ? [JSON.stringify(ids)] : []),
  ]);
}

/**
 * An index that was given up; undefined when there is none.
 * @param streamId of this stream; of any that is not being purged where it is left out: with those go their indexes.
 */
export async function droppedIndex(manager: EntityManager, streamId?: number): Promise<number | undefined> {
  const ofStream =
    streamId === undefined
      ? 'stream_id IN (SELECT id FROM stream WHERE name IS NOT NULL)'
      : `stream_id = ${streamId}`;
  const [index] = await manager.query<{ id: number }[]>(
    `SELECT id FROM stream_index WHERE field IS NULL AND ${ofStream} LIMIT 1`,
  );
  return index?.id;
}

/** SQL that removes a piece of an index that was given up, and itself when nothing is left of it. @param rows at most. */
export function indexRemovalScript(indexId: number, rows: number): string {
  return `
    DELETE FROM indexed_value WHERE (index_id, value, timestamp_ms, entry_id) IN (
      SELECT index_id, value, timestamp_ms, entry_id FROM indexed_value
      WHERE index_id = (SELECT id FROM stream_index WHERE id = ${indexId} AND field IS NULL) LIMIT ${rows});
    DELETE FROM stream_index WHERE id = ${indexId} AND field IS NULL
      AND NOT EXISTS (SELECT 1 FROM indexed_value WHERE index_id = ${indexId})`;
}
