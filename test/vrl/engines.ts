import { readSettings } from '#src/settings.js';
import { ScriptCounters } from '#src/vrl/script-counters.js';
import { type Fields, ScriptFailure } from '#src/vrl/script-engine.js';
import { VrlEngine } from '#src/vrl/vrl-engine.js';

/**
 * An engine of its own, to be ended with `onApplicationShutdown()`. Patient unless told otherwise: the time of a script
 * is that of a clock, and tests run on busy machines.
 */
export function createEngine(environment: Record<string, string> = {}): VrlEngine {
  const settings = readSettings({ FLOWG_VRL_WORKERS: '2', FLOWG_VRL_TIMEOUT_MS: '30000', ...environment });
  return new VrlEngine(settings, new ScriptCounters());
}

export async function runOne(
  engine: VrlEngine,
  script: string,
  record: Fields,
): Promise<Fields | ScriptFailure> {
  const [result] = await engine.run(script, [record]);
  return result!;
}

/** The reason of what has to be a failure. */
export function reasonOf(result: Fields | ScriptFailure | undefined): string {
  if (!(result instanceof ScriptFailure)) throw new Error(`not a failure: ${JSON.stringify(result)}`);
  return result.reason;
}

/** Does nothing for some hours where the record says `slow`. */
export const SLOW = `
n = [${Array.from({ length: 100 }, (_, n) => n).join(', ')}]
if exists(.slow) {
  for_each(n) -> |_i, _v| { for_each(n) -> |_i, _v| { for_each(n) -> |_i, _v| {
    for_each(n) -> |_i, _v| { for_each(n) -> |_i, _v| { .n = 1 } } } } }
}
.done = true`;

/** Doubles a text until there is no memory where the record says `bomb`. */
export const BOMB = `
if exists(.bomb) {
  x = "0123456789abcdef"
  for_each([${Array.from({ length: 28 }, (_, n) => n).join(', ')}]) -> |_i, _v| { x = x + x }
  .x = length(x)
}
.done = true`;
