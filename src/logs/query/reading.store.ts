import type { EntityManager } from 'typeorm';
import { type EntryView, isStillThere, viewOf } from '../entries/entry-view.store.js';
import { chooseWalk, indexesFor, type Sought } from './choose-walk.store.js';
import type { Walk } from './walk.store.js';

/** A stream that is being read, and the way through it. */
export interface Reading {
  view: EntryView;
  walk: Walk;
}

/** Begins to read a stream as it is now. @returns undefined for an absent one. */
export async function beginReading(
  manager: EntityManager,
  stream: string,
  sought: Sought,
): Promise<Reading | undefined> {
  // At the same time: what a query waits for is the way to the engine and back.
  const [view, indexes] = await Promise.all([
    viewOf(manager, stream),
    indexesFor(manager, stream, sought.filter),
  ]);
  return view && { view, walk: await chooseWalk(manager, view, indexes, sought) };
}

/** Goes on where a reading has been in another transaction. @returns undefined when the stream is gone. */
export async function goOnReading(
  manager: EntityManager,
  reading: Reading,
  sought: Sought,
): Promise<Reading | undefined> {
  const { view, walk } = reading;
  const [isThere, isUsable] = await Promise.all([isStillThere(manager, view), walk.isUsable(manager)]);
  if (!isThere) return undefined;
  if (isUsable) return reading;
  const indexes = await indexesFor(manager, view.stream, sought.filter);
  return { view, walk: await chooseWalk(manager, view, indexes, sought) };
}
