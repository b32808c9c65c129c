import { Injectable } from '@nestjs/common';
import { ANSWER_LIMITS, type ChangeLimits } from '../../changes/change-limits.js';
import { ChangeLists, type Changes } from '../../changes/change-lists.js';
import { mergeByName } from '../../changes/merge-by-key.js';
import type { Rows } from '../../changes/rows.js';
import { TextBudget } from '../../changes/text-budget.js';
import type { StreamConfig } from '../streams/stream-config.schema.js';
import { entryDifference } from './entry-difference.js';
import type { EntryRange } from './entry-tally.js';
import { type StreamState, streamStates } from './stream-states.store.js';
import { WALK_SIZES, type WalkOptions } from './walk-sizes.js';

interface StreamEntries {
  name: string;
  entries: number;
  /** The time of the first entry and of the last one, RFC 3339; null where there is none. */
  from: string | null;
  to: string | null;
}

export interface AddedStream extends StreamEntries {
  /** null when it is too long to be shown. */
  config: StreamConfig | null;
}

export interface ChangedStream {
  name: string;
  entries_gained: EntryRange;
  entries_lost: EntryRange;
  /** null where it is the same. A configuration that is too long to be shown is null itself. */
  config_changed: { before: StreamConfig | null; after: StreamConfig | null } | null;
}

export interface LogsChanges {
  streams: Changes<AddedStream, ChangedStream, StreamEntries>;
}

/** What a restore of the logs database would change in what people can see: streams, their configurations, entries. */
@Injectable()
export class LogsChangesService {
  /**
   * Compares two states, both checked by `LogsRestorePolicy`. An entry is its stream, its time to the nanosecond and its
   * fields; the same one may be there several times. What has expired, lies below the floor of its stream or belongs to a
   * purged stream is not there on either side. Of a live database, what was there when the walk came to a stream counts;
   * what is removed from it during the walk may be missing in the numbers.
   * Each list shows at most `limits.items`, 1000 unless told otherwise, sorted by name; `more` counts what is not shown.
   * @throws the reason of the signal, soon after it was given.
   */
  async between(
    live: Rows,
    staged: Rows,
    signal?: AbortSignal,
    limits: ChangeLimits = ANSWER_LIMITS,
  ): Promise<LogsChanges> {
    const lists = new ChangeLists<AddedStream, ChangedStream, StreamEntries>(limits);
    const budget = new TextBudget(limits);
    const walk = { sizes: WALK_SIZES, signal };
    const nowMs = Date.now();
    for await (const { before, after } of mergeByName(
      streamStates(live, nowMs),
      streamStates(staged, nowMs),
    )) {
      signal?.throwIfAborted();
      if (!before) await lists.added.addMade(() => addedStream(after!, budget, walk));
      else if (!after) await lists.removed.addMade(() => removedStream(before, walk));
      else {
        const change = await changedStream(before, after, budget, walk);
        if (change) lists.changed.add(change);
      }
    }
    return { streams: lists.answer() };
  }
}

async function addedStream(stream: StreamState, budget: TextBudget, walk: WalkOptions): Promise<AddedStream> {
  const { gained } = await entryDifference(undefined, stream, walk);
  return { ...streamEntries(stream.name, gained.answer()), config: shown(stream.config, budget) };
}

async function removedStream(stream: StreamState, walk: WalkOptions): Promise<StreamEntries> {
  const { lost } = await entryDifference(stream, undefined, walk);
  return streamEntries(stream.name, lost.answer());
}

function streamEntries(name: string, { count, from, to }: EntryRange): StreamEntries {
  return { name, entries: count, from, to };
}

async function changedStream(
  before: StreamState,
  after: StreamState,
  budget: TextBudget,
  walk: WalkOptions,
): Promise<ChangedStream | undefined> {
  const { gained, lost } = await entryDifference(before, after, walk);
  const [entries_gained, entries_lost] = [gained.answer(), lost.answer()];
  const sameConfig = JSON.stringify(before.config) === JSON.stringify(after.config);
  if (sameConfig && entries_gained.count === 0 && entries_lost.count === 0) return undefined;
  const config_changed = sameConfig
    ? null
    : { before: shown(before.config, budget), after: shown(after.config, budget) };
  return { name: after.name, entries_gained, entries_lost, config_changed };
}

function shown(config: StreamConfig, budget: TextBudget): StreamConfig | null {
  return budget.takes(JSON.stringify(config)) ? config : null;
}
