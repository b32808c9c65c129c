import { Injectable } from '@nestjs/common';
import type { HeldGeneration, StagedGeneration } from '../../database/database.js';
import { CarryOver } from './carry-over.js';

/** Brings what was logged since a backup into the generation that the backup became. */
@Injectable()
export class CarryOverService {
  /**
   * Copies entries of `from` since an instant that `to` lacks, while `from` goes on being written. What has expired, or
   * is hidden, stays behind; streams that `to` lacks come with their settings; ids stay where they are free. A second
   * time it adds nothing. To be called behind the restore policy's `prepare`: alerts that wait in `from` wait in `to`
   * afterwards.
   * @param sinceMs the instant of the backup, Unix milliseconds.
   * @returns what is to be finished while the writes of the live database are held.
   */
  begin(
    from: HeldGeneration,
    to: StagedGeneration,
    sinceMs: number,
    signal?: AbortSignal,
  ): Promise<CarryOver> {
    return CarryOver.start(from, to, sinceMs, signal);
  }
}
