import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Caller } from '../auth/caller.js';
import { Databases } from '../database/databases.js';
import { notFound } from '../problems.js';
import { CatalogueStore } from './catalogue.store.js';
import type { RunBy } from './requester.js';
import { mayRun } from './run-permissions.js';
import { measureRun, rememberProven, rememberSuccess } from './run-metrics.js';
import { namesIn, RUN_SCOPES, type RunScope } from './run-scope.js';
import { type RestoreMode, type Run, RUN_KINDS, type RunKind, type RunOutcome } from './run.entity.js';
import type { Proof } from './stored-copy.js';

const MOST_REFUSED = 1000;
const MOST_OTHERS = 10_000;
const MOST_UNFINISHED = 20;
/** Old rows are looked for once in so many runs. */
const PRUNE_EVERY = 100;
/** What is under way when the last connection has closed may take so long to come to its end. */
const STOP_PATIENCE_MILLISECONDS = 5000;

/** Whose runs: the schedule may have been about another database before. */
export interface ScheduleKey {
  name: string;
  database: RunScope;
}

/** The list of all backups and restores, and the log and metrics that go with each. */
@Injectable()
export class CatalogueService implements OnApplicationShutdown {
  private readonly log = new Logger('Backup');
  private begun = 0;
  private settled?: Promise<void>;
  /** Ends that are on their way to disk: whoever has the whole file of a backup is told that it succeeded. */
  private readonly ending = new Set<Promise<void>>();
  private readonly underWay = new Set<Run>();

  constructor(
    private readonly store: CatalogueStore,
    private readonly databases: Databases,
  ) {}

  /** At the start, before anything else happens: what was running when the server stopped, and the metrics of before. */
  settle(): Promise<void> {
    return (this.settled ??= this.settleOnce());
  }

  private async settleOnce(): Promise<void> {
    await this.settleInterrupted();
    for (const kind of RUN_KINDS) {
      for (const database of RUN_SCOPES) {
        const newest = await this.store.newestSuccess(kind, database);
        if (newest?.finishedMs) rememberSuccess(kind, database, newest.finishedMs);
      }
    }
    for (const database of RUN_SCOPES) {
      const proof = await this.store.newestProof(database);
      if (proof) rememberProven(database, proof.endedMs);
    }
  }

  /**
   * Before the databases are closed. Whoever has got the last byte of a backup is told at the next start that it
   * succeeded, and a restore whose client was cut off takes away what it has made.
   */
  async onApplicationShutdown(): Promise<void> {
    const deadline = Date.now() + STOP_PATIENCE_MILLISECONDS;
    while (this.underWay.size > 0 && Date.now() < deadline) await pause(20);
  }

  /** @param facts what is special about the run. */
  async begin(
    kind: RunKind,
    database: RunScope,
    { user, address }: RunBy,
    facts: { mode?: RestoreMode; undoes?: string; fromBackup?: string; schedule?: string } = {},
  ): Promise<Run> {
    const run: Run = {
      id: randomUUID(),
      kind,
      database,
      mode: facts.mode ?? 'replace',
      user,
      address,
      outcome: 'running',
      startedMs: Date.now(),
      finishedMs: null,
      bytes: null,
      sha256: null,
      instant: null,
      schemaVersion: null,
      rowCounts: null,
      generations: null,
      undoes: facts.undoes ?? null,
      fromBackup: facts.fromBackup ?? null,
      error: null,
      schedule: facts.schedule ?? null,
      stored: null,
      proof: null,
    };
    await this.store.insert(run);
    this.underWay.add(run);
    if (this.begun++ % PRUNE_EVERY === 0) {
      for (const each of RUN_KINDS) await this.store.prune(each, MOST_REFUSED, MOST_OTHERS);
    }
    return run;
  }

  /** Writes down what has become known of a run while it goes on, with what its owner has set on it before. */
  async note(run: Run, facts: Partial<Run>): Promise<void> {
    await this.store.update(run.id, Object.assign(run, facts));
  }

  /** Retention has removed the stored copy. Only this is written: a proof that comes to its end meanwhile stays. */
  async noteRemoved(run: Run, removedMs: number): Promise<void> {
    run.stored = { ...run.stored!, removedMs };
    await this.store.update(run.id, { stored: run.stored });
  }

  /** What came of reading a stored copy back. Only this is written: what happens to the row meanwhile stays. */
  async noteProof(run: Run, proof: Proof): Promise<void> {
    run.proof = proof;
    await this.store.update(run.id, { proof });
    if (proof.outcome === 'proven' && proof.reach === 'content') rememberProven(run.database, proof.endedMs);
    this.tell(run, `proof of its ${proof.reach}: ${proof.outcome}${proof.error ? `, ${proof.error}` : ''}`);
  }

  /** Never fails: whatever happened has happened, even when it cannot be written down. */
  async end(run: Run, outcome: RunOutcome, error?: string): Promise<void> {
    const written = this.note(run, { outcome, finishedMs: Date.now(), error: error ?? null }).catch(
      (failure: Error) => {
        this.log.error(`the end of ${run.kind} ${run.id} could not be written down`, failure.stack);
      },
    );
    this.ending.add(written);
    await written;
    this.ending.delete(written);
    this.underWay.delete(run);
    measureRun(run);
    const facts = [
      `${nameOf(run)} of ${run.database} by ${JSON.stringify(run.user)}${placeOf(run)}: ${outcome}`,
      `after ${Date.now() - run.startedMs} ms`,
      run.bytes !== null && `${run.bytes} bytes`,
      run.sha256 && `sha256 ${run.sha256}`,
      `id ${run.id}`,
      error,
    ];
    this.log.log(facts.filter(Boolean).join(', '));
  }

  /** A run that was refused before it began. */
  async refuse(kind: RunKind, database: RunScope, by: RunBy, error: string): Promise<void> {
    await this.end(await this.begin(kind, database, by), 'refused', error);
  }

  /** What the caller may back up, or restore, newest first. */
  async list(kind: RunKind, caller: Caller, limit: number): Promise<Run[]> {
    await Promise.all(this.ending);
    const visible = RUN_SCOPES.filter((scope) => mayRun(kind, scope, caller));
    return this.store.list(kind, visible, limit);
  }

  async find(kind: RunKind, id: string): Promise<Run | null> {
    await Promise.all(this.ending);
    return this.store.find(kind, id);
  }

  /** The newest run of each schedule, of the database that the schedule is about. */
  async newestOf(schedules: readonly ScheduleKey[]): Promise<(Run | null)[]> {
    await Promise.all(this.ending);
    return Promise.all(schedules.map(({ name, database }) => this.store.newestOfSchedule(name, database)));
  }

  /** The newest backup of a schedule that succeeded, or that was proven. */
  newestGoodOf({ name, database }: ScheduleKey, which: 'succeeded' | 'proven'): Promise<Run | null> {
    return this.store.newestOfSchedule(name, database, which);
  }

  /** Backups of a schedule whose files still lie in a destination. */
  storedOf({ name, database }: ScheduleKey): Promise<Run[]> {
    return this.store.storedOfSchedule(name, database);
  }

  /** The newest backups of a schedule of which a file may lie somewhere that no row names. */
  unfinishedOf({ name, database }: ScheduleKey): Promise<Run[]> {
    return this.store.unfinishedOfSchedule(name, database, MOST_UNFINISHED);
  }

  /** Something that happened to a run after its end. */
  tell(run: Run, what: string): void {
    this.log.log(`${nameOf(run)} of ${run.database} ${run.id}: ${what}`);
  }

  /** @throws Problem NOT_FOUND when there is none, or none that the caller may see. */
  async get(kind: RunKind, id: string, caller: Caller): Promise<Run> {
    const run = await this.find(kind, id);
    if (!run || !mayRun(kind, run.database, caller)) {
      throw notFound(`not found: there is no ${kind} ${id}; GET /api/v1/${kind}s lists them`);
    }
    return run;
  }

  /** Ids of the runs that have undone some of these restores, by the id of the restore. */
  async undoneBy(restores: Run[]): Promise<Map<string, string>> {
    const undos = await this.store.undosOf(restores.map(({ id }) => id));
    return new Map(undos.map(({ undoes, id }) => [undoes!, id]));
  }

  /** A restore counts as done when the generations it made are the live ones: the pointer, not the catalogue, decides. */
  private async settleInterrupted(): Promise<void> {
    for (const run of await this.store.running()) {
      const switched =
        run.generations !== null &&
        namesIn(run.database).every((name) => this.databases.get(name).generation === run.generations![name]);
      if (switched) await this.end(run, 'succeeded');
      else await this.end(run, 'interrupted', interruption(run));
    }
  }
}

function nameOf({ kind, mode }: Run): string {
  return kind === 'restore' && mode !== 'replace' ? `${mode} (restore)` : kind;
}

/** What a schedule asks for comes from nowhere. */
function placeOf({ address }: Run): string {
  return address === '' ? '' : ` from ${address}`;
}

function interruption({ mode }: Run): string {
  return mode === 'merge' || mode === 'only'
    ? 'the server stopped in the middle; all of it was done or nothing: repeat it to be sure'
    : 'the server stopped in the middle; nothing was changed';
}
