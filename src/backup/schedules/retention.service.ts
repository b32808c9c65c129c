import { Injectable } from '@nestjs/common';
import { CatalogueService } from '../catalogue.service.js';
import { Destinations } from '../destinations/destinations.service.js';
import { ProofService } from '../proof/proof.service.js';
import { receiptName } from '../proof/receipt.js';
import type { Run } from '../run.entity.js';
import { publicText } from '../public-text.js';
import { type Candidate, idsToRemove } from './retention.js';
import type { ScheduleDefinition } from './schedule.js';
import { filePrefix, isFileOf } from './stored-file-name.js';

/** Removes what a schedule is not to keep: only files that the catalogue says it has made, and their receipts. */
@Injectable()
export class RetentionService {
  /** Runs that left nothing behind, as far as has been looked. */
  private readonly swept = new Set<string>();

  constructor(
    private readonly catalogue: CatalogueService,
    private readonly destinations: Destinations,
    private readonly proofs: ProofService,
  ) {}

  /**
   * Removes what runs that were cut off have left, before the next one is written: it may be what that has no room for. What
   * cannot be removed now is left for `apply`, which tells.
   * @throws the reason of the signal.
   */
  async makeRoom(schedule: ScheduleDefinition, signal: AbortSignal): Promise<void> {
    await this.attempt([], signal, () => this.sweep(schedule, signal));
  }

  /**
   * What lies in a destination that is not configured any more is out of reach: it neither goes nor counts.
   * @returns public texts of what could not be removed; it is tried again the next time.
   * @throws what reading the catalogue throws, the reason of the signal.
   */
  async apply(schedule: ScheduleDefinition, signal: AbortSignal): Promise<string[]> {
    const stored = await this.catalogue.storedOf(schedule);
    const runs = new Map(
      stored.filter((run) => this.destinations.has(run.stored!.destination)).map((run) => [run.id, run]),
    );
    const faults: string[] = [];
    for (const id of idsToRemove([...runs.values()].map(asCandidate), schedule.keep, schedule.timezone))
      await this.attempt(faults, signal, () => this.remove(runs.get(id)!, signal));
    await this.attempt(faults, signal, () => this.sweep(schedule, signal));
    return faults;
  }

  private async attempt(faults: string[], signal: AbortSignal, task: () => Promise<void>): Promise<void> {
    signal.throwIfAborted();
    try {
      await task();
    } catch (error) {
      signal.throwIfAborted();
      faults.push(publicText(error));
    }
  }

  /** The receipt first: without its file it would be found by nobody. */
  private async remove(run: Run, signal: AbortSignal): Promise<void> {
    const { destination, file } = run.stored!;
    const place = this.destinations.get(destination);
    await place.remove(receiptName(file), signal);
    await place.remove(file, signal);
    await this.catalogue.noteRemoved(run, Date.now());
    this.catalogue.tell(run, `retention has removed ${file} from ${destination}`);
  }

  /**
   * A server that is killed between the last byte and the note in the catalogue leaves a file that no row names; one that is
   * killed before leaves a half of it, or of its receipt, that has no name.
   */
  private async sweep(schedule: ScheduleDefinition, signal: AbortSignal): Promise<void> {
    const isNew = ({ id }: Run) => !this.swept.has(id);
    const nameless = (await this.catalogue.unfinishedOf(schedule)).filter(isNew);
    const unproven = (await this.catalogue.storedOf(schedule)).filter((run) => !run.proof && isNew(run));
    if (nameless.length + unproven.length === 0) return;
    const destination = this.destinations.get(schedule.destination);
    const prefix = filePrefix(schedule.name, schedule.database);
    const files = nameless.length > 0 ? await destination.list(prefix, signal) : [];
    for (const { name } of files) {
      const run = nameless.find((one) => isFileOf(name, one));
      if (!run) continue;
      await destination.remove(name, signal);
      this.catalogue.tell(run, `${name}, which it left in ${destination.name}, was removed`);
    }
    const suspects = [...nameless, ...unproven];
    const runOf = (name: string) => suspects.find((run) => isFileOf(name, run));
    const isLeft = (name: string) => {
      const run = runOf(name);
      return run !== undefined && !this.proofs.isUnderWay(run);
    };
    for (const name of await destination.removeUnfinished(prefix, isLeft, signal))
      this.catalogue.tell(runOf(name)!, `a half of ${name}, left in ${destination.name}, was removed`);
    for (const { id } of suspects) this.swept.add(id);
  }
}

function asCandidate({ id, instant, proof }: Run): Candidate {
  const state = proof === null ? 'unproven' : proof.outcome === 'proven' ? 'proven' : 'bad';
  return { id, instantMs: Date.parse(instant!), state };
}
