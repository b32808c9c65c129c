import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { chunkOf, type Doomed, removeEntries } from '../entries/remove-entries.store.js';
import { ShortWrites } from '../entries/short-writes.store.js';
import { LogsDatabase } from '../logs.database.js';
import { dropIndexes, removeIndexChunk } from './index-rows.store.js';

/** How a stream of any size goes: its name first, the rest piece by piece. */
@Injectable()
export class PurgeStore {
  private readonly pieces: ShortWrites;

  constructor(private readonly database: LogsDatabase) {
    this.pieces = new ShortWrites(database);
  }

  /** From here on the stream is gone for everybody else. @returns its id, for `removeChunk`. */
  async detach(name: string): Promise<number | undefined> {
    return this.database.write(async (manager) => {
      const [stream] = await manager.query<{ id: number }[]>('SELECT id FROM stream WHERE name = ?', [name]);
      if (!stream) return undefined;
      await manager.query('UPDATE stream SET name = NULL WHERE id = ?', [stream.id]);
      await dropIndexes(manager, stream.id);
      return stream.id;
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
    return this.pieces.write(async (manager, rows) => {
      const [stream] = await manager.query<unknown[]>('SELECT 1 FROM stream WHERE id = ? AND name IS NULL', [
        streamId,
      ]);
      if (!stream) return false;
      if (await removeIndexChunk(manager, rows, streamId)) return true;
      if (await removeEntryChunk(manager, streamId, rows)) return true;
      if (await removeFieldChunk(manager, streamId, rows)) return true;
      await manager.query('DELETE FROM stream WHERE id = ?', [streamId]);
      return false;
    });
  }
}

async function removeEntryChunk(manager: EntityManager, streamId: number, rows: number): Promise<boolean> {
  const doomed = await manager.query<Doomed[]>(
    `SELECT id, octet_length(fields) AS bytes FROM entry
     WHERE stream_id = ? ORDER BY timestamp_ms, id LIMIT ?`,
    [streamId, rows],
  );
  if (doomed.length === 0) return false;
  await removeEntries(manager, chunkOf(doomed));
  return true;
}

async function removeFieldChunk(manager: EntityManager, streamId: number, rows: number): Promise<boolean> {
  await manager.query(
    `DELETE FROM stream_field WHERE stream_id = ?1
       AND name IN (SELECT name FROM stream_field WHERE stream_id = ?1 LIMIT ?2)`,
    [streamId, rows],
  );
  const [row] = await manager.query<{ n: number }[]>('SELECT changes() AS n');
  return row!.n > 0;
}
