import { RESTORABLE_NAMES, type RestorableName } from '../database.js';
import { Problem } from '../../problems.js';
import type { LiveGenerations, PointerState, ReplacedState } from './pointer-file.js';

/** How much of what restores replaced stays on disk. Restores that still have to be confirmed do not count. */
export interface UndoLimits {
  /** Newest restores of each database that can be undone. */
  undoCount: number;
  undoMilliseconds: number;
}

export interface Switch {
  /** Id of the restore that makes it. */
  restore: string;
  made: Partial<Record<RestorableName, number>>;
  nowMs: number;
  /** Unless it is confirmed by then, Unix milliseconds, it is to be undone. */
  confirmByMs?: number;
  /** Id of the restore whose replaced state this is, being put back. */
  undoes?: string;
  /** Only while that one waits for its confirmation. */
  onlyUnconfirmed?: boolean;
}

/**
 * The pointer after a restore or an undo: what was live is remembered as the state it replaced.
 * @throws Problem CONFLICT while another restore of one of the databases waits for its confirmation, or when what is to
 *   be put back is not what the newest restore replaced.
 */
export function afterSwitch(state: PointerState, change: Switch, limits: UndoLimits): PointerState {
  const undone = change.undoes === undefined ? undefined : requireUndoable(state, change.undoes);
  if (undone && change.onlyUnconfirmed && undone.confirmByMs === undefined) throw alreadyConfirmed(undone);
  const others = state.replaced.filter((each) => each !== undone);
  requireConfirmed(others, namesOf(change.made));
  const before = pick(state.live, namesOf(change.made));
  const newest: ReplacedState = {
    restore: change.restore,
    before,
    made: change.made,
    replacedMs: change.nowMs,
    ...(change.confirmByMs !== undefined && { confirmByMs: change.confirmByMs }),
  };
  const next = { live: { ...state.live, ...change.made }, replaced: [newest, ...others] };
  return retained(next, limits, change.nowMs);
}

/**
 * @throws Problem CONFLICT when the restore does not, or no longer, wait for its confirmation. When its time is over
 *   only an undo can come, however long that takes.
 */
export function afterConfirm(state: PointerState, restore: string, nowMs: number): PointerState {
  const found = state.replaced.find((each) => each.restore === restore);
  if (found?.confirmByMs === undefined)
    throw new Problem(
      'CONFLICT',
      `the restore ${restore} does not wait for a confirmation: it was confirmed or undone before, or never had to be ` +
        `confirmed; GET /api/v1/restores/${restore} tells which`,
    );
  if (nowMs >= found.confirmByMs)
    throw new Problem(
      'CONFLICT',
      `the restore ${restore} had to be confirmed until ${new Date(found.confirmByMs).toISOString()}: it is being undone`,
    );
  const { confirmByMs: _, ...confirmed } = found;
  return { ...state, replaced: state.replaced.map((each) => (each === found ? confirmed : each)) };
}

/** Without the states that are too old or too many, newest first. */
export function retained(state: PointerState, limits: UndoLimits, nowMs: number): PointerState {
  const seen: Record<RestorableName, number> = { auth: 0, config: 0, logs: 0 };
  const replaced = state.replaced.filter((each) => {
    if (each.confirmByMs !== undefined) return true;
    const wanted = namesOf(each.made).filter((name) => seen[name]++ < limits.undoCount);
    return wanted.length > 0 && nowMs - each.replacedMs < limits.undoMilliseconds;
  });
  return { ...state, replaced };
}

/** Generations of a database that must stay on disk besides the live one. */
export function keptGenerations(state: PointerState, name: RestorableName): Set<number> {
  return new Set(state.replaced.flatMap(({ before }) => before[name] ?? []));
}

/** @throws Problem CONFLICT unless the state that the restore replaced is there and nothing was restored since. */
export function requireUndoable(state: PointerState, restore: string): ReplacedState {
  const found = state.replaced.find((each) => each.restore === restore);
  if (!found)
    throw new Problem(
      'CONFLICT',
      `the restore ${restore} cannot be undone: the state that it replaced is not kept (any more)`,
    );
  const moved = namesOf(found.made).find((name) => state.live[name] !== found.made[name]);
  if (!moved) return found;
  const later = state.replaced.find(({ made }) => made[moved] === state.live[moved]);
  throw new Problem(
    'CONFLICT',
    `the restore ${restore} cannot be undone: ${moved} was restored again after it` +
      (later ? `; undo ${later.restore} first` : ''),
  );
}

/** @throws Problem CONFLICT while a restore of one of the databases waits for its confirmation. */
export function requireConfirmed(replaced: ReplacedState[], names: readonly RestorableName[]): void {
  const waiting = replaced.find(
    ({ confirmByMs, made }) => confirmByMs !== undefined && names.some((name) => made[name] !== undefined),
  );
  if (waiting)
    throw new Problem(
      'CONFLICT',
      `the restore ${waiting.restore} waits for its confirmation until ` +
        `${new Date(waiting.confirmByMs!).toISOString()}: confirm or undo it first`,
    );
}

export function namesOf(generations: LiveGenerations): RestorableName[] {
  return RESTORABLE_NAMES.filter((name) => generations[name] !== undefined);
}

function pick(live: LiveGenerations, names: RestorableName[]): LiveGenerations {
  return Object.fromEntries(names.map((name) => [name, live[name]]));
}

function alreadyConfirmed({ restore }: ReplacedState): Problem {
  return new Problem('CONFLICT', `the restore ${restore} was confirmed in time`);
}
