import { Injectable } from '@nestjs/common';
import { type Doomed, removalScript } from '../entries/remove-entries.store.js';
import { ShortWrites } from '../entries/short-writes.store.js';
import { LogsDatabase } from '../logs.database.js';
import { dropIndexes, droppedIndex, indexRemovalScript } from './index-rows.store.js';

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
  removeChunk(streamId: number): Promise<boolean> {
    return this.pieces.piece(async (manager, rows) => {
      const [stream] = await manager.query<unknown[]>(`SELECT 1 FROM stream WHERE ${detached(streamId)}`);
      if (!stream) return undefined;
      const index = await droppedIndex(manager, streamId);
      if (index !== undefined) return indexRemovalScript(index, rows);
      const doomed = await manager.query<Doomed[]>(
        `SELECT id, octet_length(fields) AS bytes FROM entry
         WHERE stream_id = ? ORDER BY timestamp_ms, id LIMIT ?`,
        [streamId, rows],
      );
      const still = `+entry.stream_id = (SELECT id FROM stream AS holder WHERE ${detached(streamId)})`;
      return doomed.length > 0 ? removalScript(doomed, still) : endOfStream(streamId, rows);
    });
  }
}

/** SQL about `stream`. */
function detached(streamId: number): string {
  return `id = ${streamId} AND name IS NULL`;
}

/** SQL that removes a piece of the names of fields, and the stream itself when nothing else is left of it. */
function endOfStream(streamId: number, rows: number): string {
  return `
    DELETE FROM stream_field WHERE stream_id = (SELECT id FROM stream WHERE ${detached(streamId)})
      AND name IN (SELECT name FROM stream_field WHERE stream_id = ${streamId} LIMIT ${rows});
    DELETE FROM stream WHERE ${detached(streamId)}
      AND NOT EXISTS (SELECT 1 FROM stream_field WHERE stream_id = ${streamId})
      AND NOT EXISTS (SELECT 1 FROM stream_index WHERE stream_id = ${streamId})
      AND NOT EXISTS (SELECT 1 FROM entry WHERE stream_id = ${streamId})`;
}
