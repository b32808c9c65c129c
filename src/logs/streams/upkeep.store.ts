import { Injectable } from '@nestjs/common';
import { LogsDatabase } from '../logs.database.js';

/** What there is to be done, one flag for each kind of work. */
export interface PendingUpkeep {
  expired: boolean;
  hidden: boolean;
  building: boolean;
  dropped: boolean;
}

/** A look that needs no turn in the write queue: mostly there is nothing to do. */
@Injectable()
export class UpkeepStore {
  constructor(private readonly database: LogsDatabase) {}

  /** @param nowMs Unix milliseconds: what expires until then has expired. */
  async pending(nowMs: number): Promise<PendingUpkeep> {
    const [row] = await this.database.read((manager) =>
      manager.query<Record<keyof PendingUpkeep, number>[]>(
        `SELECT EXISTS (SELECT 1 FROM entry WHERE expires_ms <= ?) AS expired,
           EXISTS (SELECT 1 FROM stream WHERE floor_ms IS NOT NULL) AS hidden,
           EXISTS (SELECT 1 FROM stream_index WHERE until_id IS NOT NULL) AS building,
           EXISTS (SELECT 1 FROM stream_index JOIN stream ON stream.id = stream_id
             WHERE field IS NULL AND name IS NOT NULL) AS dropped`,
        [nowMs],
      ),
    );
    const { expired, hidden, building, dropped } = row!;
    return { expired: expired === 1, hidden: hidden === 1, building: building === 1, dropped: dropped === 1 };
  }
}
