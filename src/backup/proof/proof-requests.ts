import { Injectable } from '@nestjs/common';
import { Problem } from '../../problems.js';
import { CatalogueService } from '../catalogue.service.js';
import { destinationProblem } from '../destinations/destination-problem.js';
import type { Requester } from '../requester.js';
import type { Run } from '../run.entity.js';
import { requireStored } from '../stored/stored-run.js';
import { ProofService } from './proof.service.js';

const RETRY_SECONDS = 30;

/** A proof that somebody asks for. */
@Injectable()
export class ProofRequests {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly proofs: ProofService,
  ) {}

  /**
   * @returns the backup with its proof, which may have failed.
   * @throws Problem NOT_FOUND when the caller may not see the backup; UNAVAILABLE while others are proven; whatever kept the
   *   proof from being tried.
   */
  async prove(id: string, { caller }: Requester, signal: AbortSignal): Promise<Run> {
    const run = await this.catalogue.get('backup', id, caller);
    requireStored(run);
    if (this.proofs.busy)
      throw new Problem(
        'UNAVAILABLE',
        `other backups are being proven: try again in ${RETRY_SECONDS} seconds`,
        {
          retryAfterSeconds: RETRY_SECONDS,
        },
      );
    try {
      await this.proofs.prove(run, signal);
      return run;
    } catch (error) {
      throw destinationProblem(error);
    }
  }
}
