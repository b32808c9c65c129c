import { Injectable } from '@nestjs/common';
import { asStorageProblem } from '../../database/disk-space.js';
import { FileRefusal } from '../../database/portable-file/file-refusal.js';
import { invalidArgument, Problem, type ProblemCode } from '../../problems.js';
import { CatalogueService } from '../catalogue.service.js';
import type { RunBy } from '../requester.js';
import type { RestoreMode, Run } from '../run.entity.js';
import { namesIn, type RunScope } from '../run-scope.js';
import { RunningRestores } from './running-restores.js';

/** Problems that are not about what was asked for. */
const FAILURES = new Set<ProblemCode>(['INSUFFICIENT_STORAGE', 'BAD_GATEWAY']);

export interface RunFacts {
  mode: RestoreMode;
  undoes?: string;
  /** Id of the stored backup that is taken. */
  fromBackup?: string;
  /** True once the client has gone away. */
  aborted?: () => boolean;
}

/** The frame of everything that restores: one at a time for each database, written down from the beginning to the end. */
@Injectable()
export class RestoreRuns {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly running: RunningRestores,
  ) {}

  /** @throws Problem, whatever `work` throws; the run has been written down by then. */
  async carryOut(
    scope: RunScope,
    by: RunBy,
    facts: RunFacts,
    work: (run: Run) => Promise<void>,
  ): Promise<Run> {
    const run = await this.catalogue.begin('restore', scope, by, facts);
    try {
      // To look costs nobody anything.
      if (facts.mode === 'preview') await work(run);
      else await this.running.alone(namesIn(scope), () => work(run));
    } catch (error) {
      const problem = asProblem(error);
      await this.endBadly(run, problem, facts.aborted?.() ?? false);
      throw problem;
    }
    await this.catalogue.end(run, facts.mode === 'preview' ? 'previewed' : 'succeeded');
    return run;
  }

  private async endBadly(run: Run, problem: unknown, aborted: boolean): Promise<void> {
    if (aborted) await this.catalogue.end(run, 'aborted', 'the client closed the connection');
    else if (!(problem instanceof Problem)) await this.catalogue.end(run, 'failed', 'internal error');
    else {
      const outcome = FAILURES.has(problem.code) ? 'failed' : 'refused';
      await this.catalogue.end(run, outcome, problem.message);
    }
  }
}

function asProblem(error: unknown): unknown {
  if (error instanceof FileRefusal) {
    return invalidArgument(
      `invalid argument: the backup is refused by the check "${error.check}": ${error.message}. Nothing was changed.`,
    );
  }
  return asStorageProblem(error);
}
