import type { Position } from '../entries/stored-entry.js';
import { between, type Part, Walk } from './walk.store.js';

/** Looks at every entry, along the index of streams and time. */
export class TimeWalk extends Walk {
  protected readonly union = 'UNION ALL';

  isUsable(): Promise<boolean> {
    return Promise.resolve(true);
  }

  protected places(last: Position, oldestMs: number): Part[] {
    return between(last, oldestMs, 'id').map(({ sql, parameters }) => ({
      sql: `SELECT timestamp_ms AS place_ms, id AS place_id FROM entry WHERE stream_id = ? AND ${sql}`,
      parameters: [this.view.streamId, ...parameters],
    }));
  }
}
