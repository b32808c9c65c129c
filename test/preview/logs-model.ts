import fc from 'fast-check';
import type { LogsChanges } from '#src/logs/changes/logs-changes.service.js';
import { formatInstant } from '#src/logs/instant.js';
import type { StagedInMemory } from '../support/staged-in-memory.js';
import { insertRows, NAMES } from './two-sides.js';

export interface EntryState {
  timestampMs: number;
  subNs: number;
  fields: string;
  /** Milliseconds; null for one that stays. */
  expiresMs: number | null;
}

export interface StreamState {
  ttl: number;
  indexedFields: string[];
  /** In the order in which they are stored. */
  entries: EntryState[];
  /** Place in `entries` of the one at the floor. */
  floor: number | null;
}

/** What a logs database holds, in streams with a name. */
export type LogsState = Map<string, StreamState>;

/** Few times and few texts, so that entries meet, and come twice. */
const entry: fc.Arbitrary<EntryState> = fc.record({
  timestampMs: fc.constantFrom(0, 1, 2, 3, 1000, 253_402_300_799_999),
  subNs: fc.constantFrom(0, 0, 1, 999_999),
  fields: fc.constantFrom('{}', '{"a":"1"}', '{"a":"2"}', '{"a":"🙂"}', '{ "a":"1"}'),
  expiresMs: fc.oneof(
    { weight: 8, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom(0, Number.MAX_SAFE_INTEGER) },
  ),
});

const stream: fc.Arbitrary<StreamState> = fc.record({
  ttl: fc.constantFrom(0, 60),
  indexedFields: fc.subarray(['a', '__proto__']),
  entries: fc.array(entry, { maxLength: 25 }),
  floor: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(24) }),
});

const freshState = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...NAMES), stream), { selector: ([name]) => name, maxLength: 4 })
  .map((entries): LogsState => new Map(entries));

/** Two states, in half of the cases two that have most entries in common, stored in another order. */
export const twoStates: fc.Arbitrary<[LogsState, LogsState]> = fc.oneof(
  fc.tuple(freshState, freshState),
  fc.tuple(freshState, fc.nat(24), entry).map(([state, place, extra]): [LogsState, LogsState] => {
    const other = [...state].map(([name, one]): [string, StreamState] => [
      name,
      { ...one, entries: [...one.entries.toSpliced(place, 1), extra].toReversed(), floor: null },
    ]);
    return [state, new Map(other)];
  }),
);

export async function fillLogs(side: StagedInMemory, state: LogsState): Promise<void> {
  // One that is being emptied: nobody sees it.
  await side.query('INSERT INTO stream (id, name) VALUES (1, NULL)');
  await insertRows(side, 'entry', [[1, 1, 2, 0, '{"a":"gone"}', null]]);
  let streamId = 2;
  let id = 2;
  for (const [name, { ttl, indexedFields, entries, floor }] of state) {
    const first = id;
    const atFloor = floor === null ? undefined : entries[floor];
    await side.query(
      `INSERT INTO stream (id, name, ttl_seconds, indexed_fields, floor_ms, floor_id) VALUES (?, ?, ?, ?, ?, ?)`,
      [
        streamId,
        name,
        ttl,
        JSON.stringify(indexedFields),
        atFloor?.timestampMs ?? null,
        atFloor ? first + floor! : null,
      ],
    );
    for (const { timestampMs, subNs, fields, expiresMs } of entries)
      await insertRows(side, 'entry', [[id++, streamId, timestampMs, subNs, fields, expiresMs]]);
    streamId++;
  }
}

/** Entries that somebody can see, as texts that are the same for the same entry, the earliest first. */
function visible({ entries, floor }: StreamState): string[] {
  const isAtFloor = ({ timestampMs }: EntryState, place: number) =>
    floor !== null &&
    floor < entries.length &&
    (timestampMs - entries[floor]!.timestampMs || place - floor) <= 0;
  return entries
    .filter((one, place) => (one.expiresMs === null || one.expiresMs > Date.now()) && !isAtFloor(one, place))
    .map(({ timestampMs, subNs, fields }) =>
      JSON.stringify([String(timestampMs).padStart(15, '0'), String(subNs).padStart(6, '0'), fields]),
    )
    .toSorted();
}

function rangeOf(entries: string[]) {
  const time = (text: string | undefined) => {
    if (text === undefined) return null;
    const [timestampMs, subNs] = JSON.parse(text) as [string, string];
    return formatInstant({ timestampMs: Number(timestampMs), subNs: Number(subNs) });
  };
  return { count: entries.length, from: time(entries[0]), to: time(entries.at(-1)) };
}

function without(entries: string[], others: string[]): string[] {
  const left = [...others];
  return entries.filter((one) => {
    const place = left.indexOf(one);
    if (place !== -1) left.splice(place, 1);
    return place === -1;
  });
}

const configOf = ({ ttl, indexedFields }: StreamState) => ({ ttl, size: 0, indexed_fields: indexedFields });

/** What the answer has to be, worked out with nothing but lists. */
export function expectedChanges(old: LogsState, young: LogsState): LogsChanges['streams'] {
  const changes: LogsChanges['streams'] = { added: [], changed: [], removed: [] };
  for (const [name, after] of young) {
    const before = old.get(name);
    const { count, from, to } = rangeOf(visible(after));
    if (!before) changes.added.push({ name, entries: count, from, to, config: configOf(after) });
    else {
      const entries_gained = rangeOf(without(visible(after), visible(before)));
      const entries_lost = rangeOf(without(visible(before), visible(after)));
      const configs = { before: configOf(before), after: configOf(after) };
      const sameConfig = JSON.stringify(configs.before) === JSON.stringify(configs.after);
      if (sameConfig && entries_gained.count + entries_lost.count === 0) continue;
      changes.changed.push({
        name,
        entries_gained,
        entries_lost,
        config_changed: sameConfig ? null : configs,
      });
    }
  }
  for (const [name, before] of old) {
    const { count, from, to } = rangeOf(visible(before));
    if (!young.has(name)) changes.removed.push({ name, entries: count, from, to });
  }
  const byName = (a: { name: string }, b: { name: string }) =>
    Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
  for (const list of Object.values(changes)) (list as { name: string }[]).sort(byName);
  return changes;
}
