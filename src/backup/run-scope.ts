import { RESTORABLE_NAMES, type RestorableName } from '../database/database.js';

/** What one backup or restore is about: a database, or all of them at one instant. */
export const RUN_SCOPES = [...RESTORABLE_NAMES, 'all'] as const;
export type RunScope = (typeof RUN_SCOPES)[number];

export function namesIn(scope: RunScope): readonly RestorableName[] {
  return scope === 'all' ? RESTORABLE_NAMES : [scope];
}

/** @param names one of them, or all. */
export function scopeOf(names: readonly RestorableName[]): RunScope {
  return names.length === 1 ? names[0]! : 'all';
}
