import type { Instant } from '../instant.js';

/** Place of an entry in the order of answers: by time, and within a millisecond in the order of storing. */
export interface Position {
  timestampMs: number;
  id: number;
}

export function isBehind(position: Position, last: Position): boolean {
  return (position.timestampMs - last.timestampMs || position.id - last.id) > 0;
}

/** An entry as it is stored; `fields` is JSON. */
export interface StoredEntry extends Position, Instant {
  fields: string;
}

/** SQL for the columns of a `StoredEntry`. */
export const STORED_ENTRY = 'id, timestamp_ms AS timestampMs, sub_ns AS subNs, fields';
