import * as fc from 'fast-check';
import { FieldIndexesStore } from '#src/logs/streams/field-indexes.store.js';
import { type Line, type LogsFolder, store } from './logs-folder.js';

/** Of the first line. */
export const BASE_MS = Date.now() - 60_000;
/** Four of them do not fit the smallest limit that a stream may have. */
const LARGE = 'x'.repeat(300_000);

const NAMES = ['a', 'b', '__proto__'];
/** Few values, so that the same line, the same instant and the same millisecond come up again and again. */
export const line: fc.Arbitrary<Line> = fc.record({
  stream: fc.constantFrom(...NAMES),
  timestampMs: fc.integer({ min: BASE_MS, max: BASE_MS + 4 }),
  subNs: fc.integer({ min: 0, max: 1 }),
  record: fc.oneof(
    { weight: 8, arbitrary: fc.record({ k: fc.constantFrom('1', '2', '\0', 'é\ud800') }) },
    { weight: 1, arbitrary: fc.constant({ big: LARGE }) },
  ),
});
const config = fc.record({
  ttl: fc.constantFrom(0, 5, 100_000),
  size: fc.constantFrom(0, 0, 1),
  indexed_fields: fc.subarray(['k', 'big']),
});
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ lines: fc.array(line, { minLength: 1, maxLength: 6 }) }) },
  { weight: 2, arbitrary: fc.record({ stream: fc.constantFrom(...NAMES), config }) },
  { weight: 1, arbitrary: fc.constant({ build: true as const }) },
);
export type Step =
  | { lines: Line[] }
  | { stream: string; config: { ttl: number; size: number; indexed_fields: string[] } }
  | { build: true };
/** What happens to a database, as a list. */
export const steps: fc.Arbitrary<Step[]> = fc.array(step, { maxLength: 6 });

export async function run(folder: LogsFolder, todo: Step[]): Promise<void> {
  for (const one of todo) {
    if ('lines' in one) await store(folder, one.lines);
    else if ('build' in one) await new FieldIndexesStore(folder.logs).buildStep();
    else await folder.streams.configure(one.stream, one.config);
  }
}
