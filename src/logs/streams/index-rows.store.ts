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
 * Removes a piece of an index that was given up, of one stream or of any. @param rows places in it, at most.
 * @returns false when there is none.
 */
export async function removeIndexChunk(
  manager: EntityManager,
  rows: number,
  streamId?: number,
): Promise<boolean> {
  const ofStream = streamId === undefined ? '' : 'AND stream_id = ?';
  const [index] = await manager.query<{ id: number }[]>(
    `SELECT id FROM stream_index WHERE field IS NULL ${ofStream} LIMIT 1`,
    streamId === undefined ? [] : [streamId],
  );
  if (!index) return false;
  await manager.query(
    `DELETE FROM indexed_value WHERE (index_id, value, timestamp_ms, entry_id) IN (
       SELECT index_id, value, timestamp_ms, entry_id FROM indexed_value WHERE index_id = ? LIMIT ?)`,
    [index.id, rows],
  );
  const [removed] = await manager.query<{ n: number }[]>('SELECT changes() AS n');
  if (removed!.n < rows) await manager.query('DELETE FROM stream_index WHERE id = ?', [index.id]);
  return true;
}
