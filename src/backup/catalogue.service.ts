import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Caller } from '../auth/caller.js';
import { RESTORABLE_NAMES, type RestorableName } from '../database/database.js';
import { Databases } from '../database/databases.js';
import { notFound } from '../problems.js';
import { CatalogueStore } from './catalogue.store.js';
import type { Requester } from './requester.js';
import { mayRun } from './run-permissions.js';
import { measureRun, rememberSuccess } from './run-metrics.js';
import { type Run, RUN_KINDS, type RunKind, type RunOutcome } from './run.entity.js';

const MOST_REFUSED = 1000;
const MOST_OTHERS = 10_000;
/** Old rows are looked for once in so many runs. */
const PRUNE_EVERY = 100;

/** The list of all backups and restores, and the log and metrics that go with each. */
@Injectable()
export class CatalogueService implements OnApplicationBootstrap {
  private readonly log = new Logger('Backup');
  private begun = 0;

  constructor(
    private readonly store: CatalogueStore,
    private readonly databases: Databases,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.settleInterrupted();
    for (const kind of RUN_KINDS) {
      for (const database of RESTORABLE_NAMES) {
        const newest = await this.store.newestSuccess(kind, database);
        if (newest?.finishedMs) rememberSuccess(kind, database, newest.finishedMs);
      }
    }
  }

  async begin(kind: RunKind, database: RestorableName, { caller, address }: Requester): Promise<Run> {
    const run: Run = {
      id: randomUUID(),
      kind,
      database,
      user: caller.user,
      address,
      outcome: 'running',
      startedMs: Date.now(),
      finishedMs: null,
      bytes: null,
      sha256: null,
      instant: null,
      schemaVersion: null,
      rowCounts: null,
      generation: null,
      error: null,
    };
    await this.store.insert(run);
    if (this.begun++ % PRUNE_EVERY === 0) {
      for (const each of RUN_KINDS) await this.store.prune(each, MOST_REFUSED, MOST_OTHERS);
    }
    return run;
  }

  /** Writes down what has become known of a run while it goes on, with what its owner has set on it before. */
  async note(run: Run, facts: Partial<Run>): Promise<void> {
    await this.store.update(run.id, Object.assign(run, facts));
  }

  /** Never fails: whatever happened has happened, even when it cannot be written down. */
  async end(run: Run, outcome: RunOutcome, error?: string): Promise<void> {
    try {
      await this.note(run, { outcome, finishedMs: Date.now(), error: error ?? null });
    } catch (failure) {
      this.log.error(`the end of ${run.kind} ${run.id} could not be written down`, (failure as Error).stack);
    }
    measureRun(run);
    const facts = [
      `${run.kind} of ${run.database} by ${JSON.stringify(run.user)} from ${run.address}: ${outcome}`,
      `after ${Date.now() - run.startedMs} ms`,
      run.bytes !== null && `${run.bytes} bytes`,
      run.sha256 && `sha256 ${run.sha256}`,
      `id ${run.id}`,
      error,
    ];
    this.log.log(facts.filter(Boolean).join(', '));
  }

  /** A run that was refused before it began. */
  async refuse(kind: RunKind, database: RestorableName, requester: Requester, error: string): Promise<void> {
    await this.end(await this.begin(kind, database, requester), 'refused', error);
  }

  /** What the caller may back up, or restore, newest first. */
  list(kind: RunKind, caller: Caller, limit: number): Promise<Run[]> {
    const visible = RESTORABLE_NAMES.filter((database) => mayRun(kind, database, caller));
    return this.store.list(kind, visible, limit);
  }

  /** @throws Problem NOT_FOUND when there is none, or none that the caller may see. */
  async get(kind: RunKind, id: string, caller: Caller): Promise<Run> {
    const run = await this.store.find(kind, id);
    if (!run || !mayRun(kind, run.database as RestorableName, caller)) {
      throw notFound(`not found: there is no ${kind} ${id}; GET /api/v1/${kind}s lists them`);
    }
    return run;
  }

  /** A restore counts as done when the generation it made is the live one: the pointer, not the catalogue, decides. */
  private async settleInterrupted(): Promise<void> {
    for (const run of await this.store.running()) {
      const live = this.databases.get(run.database as RestorableName).generation;
      const switched = run.kind === 'restore' && run.generation === live;
      if (switched) await this.end(run, 'succeeded');
      else await this.end(run, 'interrupted', 'the server stopped in the middle; nothing was changed');
    }
  }
}
