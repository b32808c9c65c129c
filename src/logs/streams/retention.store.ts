import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { EXCESS_BYTES, hideOversize } from '../entries/hide-oversize.store.js';
import { type Doomed, removalScript } from '../entries/remove-entries.store.js';
import { ShortWrites } from '../entries/short-writes.store.js';
import { LogsDatabase } from '../logs.database.js';

/** Removes, piece by piece, what queries do not show any more: what is too old, and what is over a stream's size. */
@Injectable()
export class RetentionStore {
  private readonly removing: ShortWrites;
  private readonly hiding: ShortWrites;

  constructor(private readonly database: LogsDatabase) {
    this.removing = new ShortWrites(database);
    this.hiding = new ShortWrites(database);
  }

  /** Removes a piece of what has expired. @param nowMs Unix milliseconds. */
  async removeExpired(nowMs: number): Promise<void> {
    await this.removing.piece(async (manager, rows) => {
      const doomed = await manager.query<Doomed[]>(
        `SELECT id, octet_length(fields) AS bytes FROM entry
         WHERE expires_ms <= ? ORDER BY expires_ms LIMIT ?`,
        [nowMs, rows],
      );
      return doomed.length > 0 ? removalScript(doomed, `+entry.expires_ms <= ${nowMs}`) : undefined;
    });
  }

  /** Removes a piece of what lies at the floor of a stream or below; takes the floor away when nothing does. */
  async removeHidden(): Promise<void> {
    let stream: { id: number } | undefined;
    const removed = await this.removing.piece(async (manager, rows) => {
      [stream] = await manager.query<{ id: number }[]>(
        'SELECT id FROM stream WHERE floor_ms IS NOT NULL LIMIT 1',
      );
      return stream && hiddenRemovalScript(manager, stream.id, rows);
    });
    if (stream && !removed) await this.takeFloorAway(stream.id);
  }

  /** Not where somebody has hidden more meanwhile, which lies below it. */
  private async takeFloorAway(streamId: number): Promise<void> {
    await this.database.writeUnseen(
      () => `UPDATE stream SET floor_ms = NULL, floor_id = NULL
        WHERE id = ${streamId} AND NOT EXISTS (SELECT 1 FROM ${BELOW_FLOOR} AND stream.id = ${streamId})`,
    );
  }

  /** Hides what does not fit the size of a stream, until all of it is hidden. */
  async applySize(stream: string): Promise<void> {
    const hidePiece = () =>
      this.hiding.piece(async (manager, rows) => {
        // What is shown of it is asked for too: where that is nothing, a stream would be hidden from for ever.
        const [over] = await manager.query<{ id: number }[]>(
          `SELECT id FROM stream WHERE name = ? AND ${EXCESS_BYTES} > 0
             AND EXISTS (SELECT 1 FROM entry WHERE stream_id = stream.id
               AND (timestamp_ms, entry.id) > (coalesce(floor_ms, -1), coalesce(floor_id, 0)))`,
          [stream],
        );
        return over && hideOversize(over.id, rows);
      });
    while (await hidePiece());
  }

  /** Streams that are larger than they may be: where a crash, or a restore, came between a new size and its effect. */
  async oversized(): Promise<string[]> {
    const rows = await this.database.read((manager) =>
      manager.query<{ name: string }[]>(
        `SELECT name FROM stream
         WHERE name IS NOT NULL AND ${EXCESS_BYTES} > 0`,
      ),
    );
    return rows.map(({ name }) => name);
  }
}

async function hiddenRemovalScript(
  manager: EntityManager,
  streamId: number,
  rows: number,
): Promise<string | undefined> {
  const doomed = await manager.query<Doomed[]>(
    `SELECT entry.id, octet_length(entry.fields) AS bytes FROM ${BELOW_FLOOR} AND stream.id = ?
     ORDER BY entry.timestamp_ms, entry.id LIMIT ?`,
    [streamId, rows],
  );
  if (doomed.length === 0) return undefined;
  return removalScript(
    doomed,
    `(+entry.timestamp_ms, +entry.id) <=
       (SELECT floor_ms, floor_id FROM stream AS holder WHERE holder.id = entry.stream_id)`,
  );
}

/** A stream with what is hidden of it. */
const BELOW_FLOOR = `stream JOIN entry ON entry.stream_id = stream.id AND entry.timestamp_ms <= stream.floor_ms
  AND (entry.timestamp_ms < stream.floor_ms OR entry.id <= stream.floor_id)
  WHERE true`;
