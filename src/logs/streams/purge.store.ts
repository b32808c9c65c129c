import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { LogsDatabase } from '../logs.database.js';

/** Removed in one transaction: little enough that an ingest request behind it waits for some ten milliseconds. */
const CHUNK_ROWS = 2000;
const CHUNK_BYTES = 8 * 1024 * 1024;

/** How a stream of any size goes: its name first, the rest piece by piece. */
@Injectable()
export class PurgeStore {
  constructor(private readonly database: LogsDatabase) {}

  /** From here on the stream is gone for everybody else. @returns its id, for `removeChunk`. */
  async detach(name: string): Promise<number | undefined> {
    return this.database.write(async (manager) => {
      const [stream] = await manager.query<{ id: number }[]>('SELECT id FROM stream WHERE name = ?', [name]);
      if (stream) await manager.query('UPDATE stream SET name = NULL WHERE id = ?', [stream.id]);
      return stream?.id;
    });
  }

  /** Streams whose removal was begun and not ended. */
  async detached(): Promise<number[]> {
    const rows = await this.database.read((manager) =>
      manager.query<{ id: number }[]>('SELECT id FROM stream WHERE name IS NULL ORDER BY id'),
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Removes a piece of a detached stream. Looks each time whether there is one of this id: between two pieces a
   * restore may have put another stream in its place.
   * @returns false when nothing of it is left.
   */
  async removeChunk(streamId: number): Promise<boolean> {
    return this.database.write(async (manager) => {
      const [stream] = await manager.query<unknown[]>('SELECT 1 FROM stream WHERE id = ? AND name IS NULL', [
        streamId,
      ]);
      if (!stream) return false;
      if ((await removeEntries(manager, streamId)) > 0) return true;
      if ((await removeFields(manager, streamId)) > 0) return true;
      await manager.query('DELETE FROM stream WHERE id = ?', [streamId]);
      return false;
    });
  }
}

async function removeEntries(manager: EntityManager, streamId: number): Promise<number> {
  const rows = await manager.query<{ id: number; bytes: number }[]>(
    `SELECT id, octet_length(fields) AS bytes FROM entry
     WHERE stream_id = ? ORDER BY timestamp_ms, id LIMIT ${CHUNK_ROWS}`,
    [streamId],
  );
  let bytes = 0;
  const ids = rows.filter((row, index) => (bytes += row.bytes) <= CHUNK_BYTES || index === 0);
  if (ids.length === 0) return 0;
  await manager.query('DELETE FROM entry WHERE id IN (SELECT value FROM json_each(?))', [
    JSON.stringify(ids.map(({ id }) => id)),
  ]);
  await manager.query('UPDATE stream SET entry_count = entry_count - ? WHERE id = ?', [ids.length, streamId]);
  return ids.length;
}

async function removeFields(manager: EntityManager, streamId: number): Promise<number> {
  await manager.query(
    `DELETE FROM stream_field WHERE stream_id = ?1
       AND name IN (SELECT name FROM stream_field WHERE stream_id = ?1 LIMIT ${CHUNK_ROWS})`,
    [streamId],
  );
  const [row] = await manager.query<{ n: number }[]>('SELECT changes() AS n');
  return row!.n;
}
