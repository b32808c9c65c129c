import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Readable } from 'node:stream';
import { asStorageProblem, requireSpace } from '../../database/disk-space.js';
import { Problem } from '../../problems.js';
import { SERVER_VERSION } from '../../server-version.js';
import { SETTINGS, type Settings } from '../../settings.js';
import { CatalogueService } from '../catalogue.service.js';
import type { Destination } from '../destinations/destination.js';
import { Destinations } from '../destinations/destinations.service.js';
import type { Packed } from '../packing/packing.js';
import type { Run } from '../run.entity.js';
import type { Proof } from '../stored-copy.js';
import { destinationOf } from '../stored/destination-of.js';
import { requireStoredBytes } from '../stored/read-stored.js';
import { StoredFault } from '../stored/stored-fault.js';
import { requireStored, type StoredRun } from '../stored/stored-run.js';
import { type AllOfflineChecks, offlineChecks } from '../verify/offline-checks.js';
import { inWorkshop } from '../verify/workshop.js';
import { Evidence } from './evidence.js';
import { openAndAsk } from './open-and-ask.js';
import { ProofFailure } from './proof-failure.js';
import { receiptName, receiptText } from './receipt.js';
import { Slots } from './slots.js';

/** Each takes disk for what it opens, and a process for the check. */
const MOST_AT_A_TIME = 2;

/**
 * A proof of a stored copy, step by step:
 * 1. It is read back from its destination: byte for byte what was written? Unpacked: the backup that went in?
 * 2. Everything that a restore does before the switch, on a private copy that is gone afterwards.
 * 3. It is what the catalogue says, and answers what the API would be asked.
 * 4. The outcome goes into the row of the catalogue, and into a receipt beside the file.
 * Nothing is removed, whatever comes of it.
 */
@Injectable()
export class ProofService implements OnModuleDestroy {
  private readonly log = new Logger('Backup');
  private readonly slots = new Slots(MOST_AT_A_TIME);
  private readonly running = new Map<string, Promise<Proof>>();
  private readonly stopping = new AbortController();
  private checks?: AllOfflineChecks;

  constructor(
    private readonly destinations: Destinations,
    private readonly catalogue: CatalogueService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Before the server stops answering: what is under way ends, and leaves nothing. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort(new Problem('UNAVAILABLE', 'the server is stopping: ask for the proof again'));
    await Promise.allSettled(this.running.values());
  }

  /** Whether another one would have to wait. */
  get busy(): boolean {
    return this.slots.full;
  }

  /** Whether its copy is being read, or its receipt written. */
  isUnderWay({ id }: Run): boolean {
    return this.running.has(id);
  }

  /**
   * Waits while others are under way.
   * @param packed what has made the copy: opens it when it is sealed.
   * @returns what came of it; a bad copy is a proof that failed.
   * @throws when nothing is known of the copy afterwards: DestinationError; Problem CONFLICT when there is no stored copy,
   *   its destination is not configured any more, or a proof of it is under way (with `packed` it is waited for),
   *   INSUFFICIENT_STORAGE when it does not fit beside the reserve; the reason of the signal.
   */
  async prove(run: Run, signal: AbortSignal, packed?: Packed): Promise<Proof> {
    const stored = requireStored(run);
    const destination = destinationOf(this.destinations, stored);
    for (let other = this.running.get(run.id); other; other = this.running.get(run.id)) {
      if (!packed)
        throw new Problem(
          'CONFLICT',
          `a proof of backup ${run.id} is under way: look at it when it has ended`,
        );
      // Whoever has just made the copy can tell more of it than whoever was quicker.
      await other.catch(() => undefined);
    }
    const ended = AbortSignal.any([signal, this.stopping.signal]);
    const proving = this.slots
      .inTurn(ended, () => this.proveNow(destination, stored, ended, packed))
      .then(async (proof) => {
        await this.catalogue.noteProof(run, proof);
        return proof;
      })
      .finally(() => this.running.delete(run.id));
    this.running.set(run.id, proving);
    return proving;
  }

  private async proveNow(
    destination: Destination,
    run: StoredRun,
    signal: AbortSignal,
    packed?: Packed,
  ): Promise<Proof> {
    const begun = performance.now();
    const reach = run.stored.sealed && !packed ? 'bytes' : 'content';
    const evidence = new Evidence();
    const failure = await this.look(destination, run, evidence, signal, packed);
    if (failure?.check === 'missing') await this.requireNotRemoved(run);
    const proof: Proof = {
      outcome: failure ? 'failed' : 'proven',
      reach,
      endedMs: Date.now(),
      milliseconds: Math.round(performance.now() - begun),
      failed: failure?.check ?? null,
      error: failure?.message ?? null,
      checks: evidence.checks,
      queries: evidence.queries,
      serverVersion: SERVER_VERSION,
    };
    if (failure?.check !== 'missing') await this.writeReceipt(destination, run, proof, signal);
    return proof;
  }

  /** @returns what is wrong with the copy. @throws whatever says nothing of it. */
  private async look(
    destination: Destination,
    run: StoredRun,
    evidence: Evidence,
    signal: AbortSignal,
    packed?: Packed,
  ): Promise<ProofFailure | StoredFault | undefined> {
    try {
      if (run.stored.sealed && !packed) {
        await requireStoredBytes(destination, run, signal);
        evidence.passed('stored', `${run.stored.bytes} bytes, SHA-256 ${run.stored.sha256}`);
        return undefined;
      }
      const checks = (this.checks ??= await offlineChecks());
      await inWorkshop(this.settings.dataDir, (folder) => {
        const makeRoom = (bytes: number) => requireSpace(folder, bytes, this.settings.diskReserveBytes);
        const place = { folder, makeRoom };
        return openAndAsk({ destination, run, packed, place, checks, evidence, signal });
      });
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ProofFailure || error instanceof StoredFault) return error;
      throw asStorageProblem(error);
    }
  }

  /** Retention may have removed it a moment ago: then nothing is wrong. @throws Problem CONFLICT. */
  private async requireNotRemoved({ id }: StoredRun): Promise<void> {
    const now = await this.catalogue.find('backup', id);
    if (now?.stored) requireStored(now);
  }

  /** Without it the proof stands all the same: in the catalogue. */
  private async writeReceipt(
    destination: Destination,
    run: StoredRun,
    proof: Proof,
    signal: AbortSignal,
  ): Promise<void> {
    const content = Readable.from([Buffer.from(receiptText(run, proof))], { objectMode: false });
    try {
      await destination.write(receiptName(run.stored.file), content, signal);
    } catch (error) {
      signal.throwIfAborted();
      this.log.warn(`the receipt of backup ${run.id} could not be written: ${(error as Error).message}`);
    }
  }
}
