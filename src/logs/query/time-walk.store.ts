import type { EntityManager } from 'typeorm';
import { VISIBLE, visibleParameters } from '../entries/entry-view.store.js';
import type { Position } from '../entries/stored-entry.js';
import { type Key, type Step, Walk } from './walk.store.js';

interface Part {
  condition: string;
  parameters: unknown[];
}

/** Looks at every entry, along the index of streams and time. */
export class TimeWalk extends Walk {
  isUsable(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async step(manager: EntityManager, last: Position, most: number): Promise<Step> {
    const keys: Key[] = [];
    for (const part of this.parts(last)) {
      const end = await this.placeBehind(manager, part, most);
      keys.push(...(await this.keysOf(manager, end ? upTo(part, end) : part)));
      if (end) return { keys, end };
    }
    return { keys };
  }

  /**
   * First the rest of the millisecond, then what is older. In one condition, `(timestamp_ms, id) < (?, ?)`, SQLite would
   * not use the index for `id` and look at the whole millisecond again for each step.
   */
  private parts({ timestampMs, id }: Position): Part[] {
    return [
      { condition: 'timestamp_ms = ? AND id < ?', parameters: [timestampMs, id] },
      { condition: 'timestamp_ms >= ? AND timestamp_ms < ?', parameters: [this.fromMs, timestampMs] },
    ];
  }

  /** The last of the next `most` entries, read off the index alone. */
  private async placeBehind(manager: EntityManager, part: Part, most: number): Promise<Position | undefined> {
    const [place] = await manager.query<Position[]>(
      `SELECT timestamp_ms AS timestampMs, id FROM entry WHERE stream_id = ? AND ${part.condition}
       ORDER BY timestamp_ms DESC, id DESC LIMIT 1 OFFSET ?`,
      [this.view.streamId, ...part.parameters, most - 1],
    );
    return place;
  }

  private keysOf(manager: EntityManager, part: Part): Promise<Key[]> {
    return manager.query<Key[]>(
      `SELECT id, timestamp_ms AS timestampMs, octet_length(fields) AS bytes FROM entry
       WHERE ${VISIBLE} AND ${part.condition} AND ${this.filter.sql} ORDER BY timestamp_ms DESC, id DESC`,
      [...visibleParameters(this.view), ...part.parameters, ...this.filter.parameters],
    );
  }
}

function upTo(part: Part, { timestampMs, id }: Position): Part {
  return {
    condition: `${part.condition} AND timestamp_ms >= ? AND (timestamp_ms > ? OR id >= ?)`,
    parameters: [...part.parameters, timestampMs, timestampMs, id],
  };
}
