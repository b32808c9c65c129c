import type { Fields } from '../script-engine.js';
import { type FlatRecord, flatten } from './flatten.js';
import { RecordRefusal } from './record-refusal.js';
import { type Json, LostValue, taggedText } from './scalars.js';
import { requireText } from './transform.js';
import { execution } from './vrl.js';

/** Compiled once for all records: that takes longer than what a script of the usual size does to one of them. */
function togetherProgram(script: string): string {
  return `map_values(.) -> |__record| {
. = object!(__record);
${script}
tag_types_externally(.)
}`;
}

/**
 * Runs a script on several records in one execution.
 * @param script one that compiles and is memoryless.
 * @returns what `transform` returns for each record; undefined for those that `transform` has to be asked for. Nothing at
 * all when it fails for one of them, or does not compile inside another program.
 * @throws Breakdown
 */
export function transformTogether(script: string, records: Fields[]): (FlatRecord | undefined)[] | undefined {
  const results = unlessDoubtful(() => {
    for (const record of records) requireText(record);
    const byPlace = Object.fromEntries(records.entries());
    return execution(togetherProgram(script), byPlace).result as Record<number, Json>;
  });
  return results && records.map((_, place) => unlessDoubtful(() => flatten(results[place]!, taggedText)));
}

function unlessDoubtful<Result>(attempt: () => Result): Result | undefined {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof RecordRefusal || error instanceof LostValue) return undefined;
    throw error;
  }
}
