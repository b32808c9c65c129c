import { randomUUID } from 'node:crypto';
import type { Json } from './scalars.js';

/** The key that an epilogue's value lies under. Nobody knows it, so no script can end with a value that has it. */
const MARKER = randomUUID();

const TAGGED = `
{"${MARKER}": tag_types_externally(.)}`;

/**
 * Everything that JSON would lose is made text in the script. `truncate` returns text in any case, and so tells bytes
 * that are text from others. The detour over `get` hides from the compiler what it knows of `.`, or it would refuse the
 * branches that cannot be taken.
 */
const EXACT = `
__r = get!({"e": .}, ["e"])
if is_object(__r) {
  {"${MARKER}": map_values(object!(__r), recursive: true) -> |v| {
    if is_string(v) {
      if truncate!(v, 4294967295) == v { v } else { "#ERROR#" }
    } else if is_timestamp(v) {
      format_timestamp!(v, "%Y-%m-%d %H:%M:%S%.f UTC")
    } else if is_integer(v) || is_float(v) {
      to_string!(v)
    } else {
      v
    }
  }}
}`;

/**
 * Has the script end with what `.` is then, each scalar with its type, for `taggedText`. Compiling and running it takes
 * some 20 microseconds.
 */
export function withTags(script: string): string {
  return script + TAGGED;
}

/** Has the script end with what `.` is then, if that is an object, each scalar as its text. Takes half a millisecond. */
export function withTexts(script: string): string {
  return script + EXACT;
}

/** @returns what the epilogue ended with; undefined when it did not come to that: the script used `return`. */
export function epilogueValue(result: Json): Json | undefined {
  if (result === null || typeof result !== 'object' || Array.isArray(result)) return undefined;
  return Object.hasOwn(result, MARKER) ? result[MARKER] : undefined;
}
