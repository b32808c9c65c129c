import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { failpoint } from '../failpoints.js';
import { Problem } from '../problems.js';
import { RESTORABLE_NAMES, type RestorableName } from './database.js';
import type { PointerFile, PointerState, ReplacedState } from './generations/pointer-file.js';
import {
  afterConfirm,
  afterSwitch,
  keptGenerations,
  namesOf,
  requireConfirmed,
  requireUndoable,
  retained,
  type UndoLimits,
} from './generations/replaced-states.js';
import type { SqliteDatabase } from './sqlite/sqlite-database.js';
import type { SqliteStagedGeneration } from './sqlite/staged-generation.js';
import { holdingWrites } from './sqlite/take-snapshots.js';

const RETIRE_PATIENCE_MILLISECONDS = 1000;

export interface SwitchOptions {
  /** Id of the restore that makes the switch. */
  restore: string;
  /** Unless the restore is confirmed by then, Unix milliseconds, it is to be undone. */
  confirmByMs?: number;
  /** The staged generations are what this restore had replaced. */
  undoes?: string;
  /** Only while that one waits for its confirmation. */
  onlyUnconfirmed?: boolean;
  /** The last thing before the switch, while nothing writes: keep it short. What it throws leaves all as it was. */
  beforeSwitch?: () => Promise<void>;
}

/** What makes other generations the live ones, remembers what they replaced, and puts it back. */
export class GenerationSwitch {
  private readonly log = new Logger('Databases');
  private readonly retiring = new Set<Promise<void>>();

  constructor(
    private readonly pointer: PointerFile,
    private readonly limits: UndoLimits,
    /** undefined when it is not open, as during a stop. */
    private readonly database: (name: RestorableName) => SqliteDatabase | undefined,
  ) {}

  /** States that can be put back, newest first, and restores that wait for their confirmation. */
  get replaced(): readonly ReplacedState[] {
    return this.pointer.state.replaced;
  }

  /** @throws Problem CONFLICT while a restore of one of the databases waits for its confirmation. */
  requireConfirmed(names: readonly RestorableName[]): void {
    requireConfirmed(this.pointer.state.replaced, names);
  }

  /**
   * The switch: staged generations become the live ones, all at once or none. Writers wait for it (milliseconds),
   * readers in flight finish on what they began with.
   * @throws Problem CONFLICT, see `afterSwitch`.
   */
  async activate(staged: SqliteStagedGeneration[], options: SwitchOptions): Promise<void> {
    const { beforeSwitch, ...change } = options;
    // Looked up before: a stop meanwhile must not come between the pointer and what follows from it.
    const switches = staged.map((one) => ({ one, database: this.open(one.database) }));
    const made = Object.fromEntries(staged.map(({ database, number }) => [database, number]));
    await holdingWrites(
      switches.map(({ database }) => database),
      async () => {
        await failpoint('restore.writes-held');
        await beforeSwitch?.();
        const before = this.pointer.state;
        const durable = await this.pointer.change((state) =>
          afterSwitch(state, { ...change, made, nowMs: Date.now() }, this.limits),
        );
        for (const { one, database } of switches) {
          one.markActivated();
          const old = database.exchange(one.generation);
          const keepFile = !durable || this.isKept(one.database, old.number);
          this.track(one.database, database.retire(old, keepFile));
        }
        if (durable) this.forgetDropped(before);
      },
    );
    await failpoint('restore.switched');
  }

  /**
   * Opens what a restore replaced, to be made live again by `activate` or else discarded.
   * @throws Problem CONFLICT when it is not kept, or something was restored since.
   */
  async reopen(restore: string): Promise<SqliteStagedGeneration[]> {
    const state = requireUndoable(this.pointer.state, restore);
    const staged: SqliteStagedGeneration[] = [];
    try {
      for (const name of namesOf(state.before))
        staged.push(await this.open(name).reopen(state.before[name]!, state.replacedMs));
      return staged;
    } catch (error) {
      for (const one of staged) await one.discard();
      throw error;
    }
  }

  /** @throws Problem CONFLICT when the restore does not wait for its confirmation (any more). */
  async confirm(restore: string): Promise<void> {
    await this.change((state) => afterConfirm(state, restore, Date.now()));
  }

  /** Lets go of the states that are too old. */
  async prune(): Promise<void> {
    const { replaced } = this.pointer.state;
    if (retained(this.pointer.state, this.limits, Date.now()).replaced.length === replaced.length) return;
    await this.change((state) => retained(state, this.limits, Date.now()));
  }

  /** Lets go of every state but those that an unconfirmed restore needs: their room is wanted. */
  async forgetAll(): Promise<void> {
    const isNeeded = ({ confirmByMs }: ReplacedState) => confirmByMs !== undefined;
    if (this.replaced.every(isNeeded)) return;
    this.log.warn('the disk is short of room: what restores had replaced is given up, they cannot be undone');
    await this.change((state) => ({ ...state, replaced: state.replaced.filter(isNeeded) }));
  }

  /** Waits a moment for those who still read an old generation; the next start removes what is left. */
  async settle(): Promise<void> {
    await Promise.race([Promise.allSettled(this.retiring), sleep(RETIRE_PATIENCE_MILLISECONDS)]);
  }

  private async change(edit: (state: PointerState) => PointerState): Promise<void> {
    const before = this.pointer.state;
    if (await this.pointer.change(edit)) this.forgetDropped(before);
  }

  private isKept(name: RestorableName, generation: number): boolean {
    return keptGenerations(this.pointer.state, name).has(generation);
  }

  /** Removes the files of states that the pointer has named before and names no longer. */
  private forgetDropped(before: PointerState): void {
    for (const name of RESTORABLE_NAMES) {
      for (const number of keptGenerations(before, name)) {
        if (this.isKept(name, number) || this.pointer.state.live[name] === number) continue;
        const database = this.database(name);
        // During a stop nobody does: the next start removes what the pointer does not name.
        if (database) this.track(name, database.forget(number));
      }
    }
  }

  private open(name: RestorableName): SqliteDatabase {
    const database = this.database(name);
    if (!database) throw new Problem('UNAVAILABLE', `the ${name} database is not open`);
    return database;
  }

  private track(name: RestorableName, leaving: Promise<void>): void {
    const tracked = leaving
      .catch((error: Error) => this.log.error(`cannot put an old ${name} database away`, error.stack))
      .finally(() => this.retiring.delete(tracked));
    this.retiring.add(tracked);
  }
}
