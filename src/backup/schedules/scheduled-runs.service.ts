import { Injectable, Logger } from '@nestjs/common';
import { CatalogueService } from '../catalogue.service.js';
import type { Packed } from '../packing/packing.js';
import { ProofService } from '../proof/proof.service.js';
import type { RunBy } from '../requester.js';
import type { Run } from '../run.entity.js';
import { attempt, type Attempts } from './attempts.js';
import { publicText } from '../public-text.js';
import { RetentionService } from './retention.service.js';
import type { Schedule } from './schedule.js';
import { ScheduleTroubles } from './schedule-troubles.js';
import { StoredBackups } from './stored-backups.service.js';

/** A backup that has been begun. */
export interface Begun {
  run: Run;
  /** The one before it failed, or was not proven. */
  afterTrouble: boolean;
}

export interface Bounds {
  /** Aborted when the server stops. */
  signal: AbortSignal;
  /** When the schedule is due again, Unix milliseconds: nothing is repeated after that. */
  untilMs: number;
}

/**
 * A scheduled backup, step by step:
 * 1. A row in the catalogue. What earlier runs of the schedule have left half done goes.
 * 2. A snapshot, hashed, packed, written to the destination; a destination that fails for the moment is tried again, each time with
 *    a fresh snapshot. Then the outcome: from here on the backup can be restored.
 * 3. The proof: it is read back and opened as a restore would.
 * 4. Retention.
 * What goes wrong in one of them is told, and does not undo those before it.
 */
@Injectable()
export class ScheduledRuns {
  private readonly log = new Logger('Schedules');

  constructor(
    private readonly catalogue: CatalogueService,
    private readonly backups: StoredBackups,
    private readonly proofs: ProofService,
    private readonly retention: RetentionService,
    private readonly troubles: ScheduleTroubles,
  ) {}

  /** @throws Problem INSUFFICIENT_STORAGE when not even the row can be written. */
  async begin(schedule: Schedule, by: RunBy): Promise<Begun> {
    const [before] = await this.catalogue.newestOf([schedule]);
    const run = await this.catalogue.begin('backup', schedule.database, by, { schedule: schedule.name });
    return { run, afterTrouble: before?.outcome === 'failed' || before?.proof?.outcome === 'failed' };
  }

  /** @throws the reason of the signal when the server stops before the end; the row is settled by then. */
  async carryOut(schedule: Schedule, { run, afterTrouble }: Begun, bounds: Bounds): Promise<void> {
    const packed = await this.store(schedule, run, bounds);
    if (!packed) return;
    const proven = await this.prove(schedule, run, packed, bounds);
    if (proven && afterTrouble) await this.troubles.tellRecovery(schedule, run);
    await this.retain(schedule, run, bounds.signal);
  }

  /** @returns undefined when it failed. */
  private async store(schedule: Schedule, run: Run, bounds: Bounds): Promise<Packed | undefined> {
    try {
      await this.retention.makeRoom(schedule, bounds.signal);
      const packed = await attempt(
        () => this.backups.store(run, schedule, bounds.signal),
        this.attempts(run, bounds, 'could not be stored'),
      );
      await this.catalogue.end(run, 'succeeded');
      return packed;
    } catch (error) {
      if (bounds.signal.aborted) {
        await this.catalogue.end(run, 'interrupted', STOPPED);
        throw error;
      }
      this.logUnexpected(run, error);
      await this.catalogue.end(run, 'failed', publicText(error));
      await this.troubles.tell('backup', schedule, run.error!, run);
      return undefined;
    }
  }

  private async prove(schedule: Schedule, run: Run, packed: Packed, bounds: Bounds): Promise<boolean> {
    try {
      const proof = await attempt(
        () => this.proofs.prove(run, bounds.signal, packed),
        this.attempts(run, bounds, 'could not be read back'),
      );
      if (proof.outcome === 'proven') return true;
      await this.troubles.tell('proof', schedule, proof.error ?? 'it is not what was written', run);
    } catch (error) {
      bounds.signal.throwIfAborted();
      this.logUnexpected(run, error);
      await this.troubles.tell('proof', schedule, `the proof could not be tried: ${publicText(error)}`, run);
    }
    return false;
  }

  private async retain(schedule: Schedule, run: Run, signal: AbortSignal): Promise<void> {
    try {
      const faults = await this.retention.apply(schedule, signal);
      if (faults.length > 0) await this.troubles.tell('retention', schedule, oneOf(faults), run);
    } catch (error) {
      signal.throwIfAborted();
      this.logUnexpected(run, error);
      await this.troubles.tell('retention', schedule, publicText(error), run);
    }
  }

  private attempts(run: Run, { signal, untilMs }: Bounds, what: string): Attempts {
    return {
      signal,
      untilMs,
      failed: (error, pauseMs) =>
        this.log.warn(
          `backup ${run.id} ${what} and is tried again in ${pauseMs / 1000} seconds: ${error.message}`,
        ),
    };
  }

  private logUnexpected(run: Run, error: unknown): void {
    if (publicText(error) !== (error as Error).message)
      this.log.error(`backup ${run.id} met an error of the server`, (error as Error).stack);
  }
}

const STOPPED =
  'the server stopped in the middle; there is no file of it, and it is made up for after the next start';

function oneOf([first, ...more]: string[]): string {
  return more.length === 0 ? first! : `${first}, and ${more.length} more`;
}
