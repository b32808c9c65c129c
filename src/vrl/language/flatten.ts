import type { Fields } from '../script-engine.js';
import { RecordRefusal } from './record-refusal.js';
import type { Json, ScalarText } from './scalars.js';

const MOST_FIELDS = 20_000;
const MEBIBYTE = 1024 * 1024;
const MOST_TEXT_MEBIBYTES = 64;

export interface FlatRecord {
  fields: Fields;
  /** Bytes of all names and values. */
  textBytes: number;
}

/**
 * Takes apart what `.` is at the end of a script: the names of nested values are joined by points, empty objects and
 * arrays vanish, and of two values with one name the last one counts.
 * @param root anything but an object gives the empty record.
 * @throws RecordRefusal when there is too much of it.
 */
export function flatten(root: Json, scalarText: ScalarText): FlatRecord {
  const entries: [string, string][] = [];
  let textBytes = 0;
  const add = (name: string, text: string) => {
    textBytes += Buffer.byteLength(name) + Buffer.byteLength(text);
    if (textBytes > MOST_TEXT_MEBIBYTES * MEBIBYTE) {
      throw new RecordRefusal(`the result has more than ${MOST_TEXT_MEBIBYTES} MiB of text`);
    }
    if (entries.push([name, text]) > MOST_FIELDS) {
      throw new RecordRefusal(`the result has more than ${MOST_FIELDS} fields`);
    }
  };
  const visit = (name: string, value: Json) => {
    const text = scalarText(value);
    if (text !== undefined) return add(name, text);
    for (const [key, child] of Object.entries(value as Record<string, Json>)) visit(`${name}.${key}`, child);
  };
  try {
    if (scalarText(root) === undefined && !Array.isArray(root)) {
      for (const [key, child] of Object.entries(root as Record<string, Json>)) visit(key, child);
    }
  } catch (error) {
    throw error instanceof RangeError ? new RecordRefusal('the result is nested too deeply') : error;
  }
  // Defines properties instead of setting them: `__proto__` is a name like any other.
  return { fields: Object.fromEntries(entries), textBytes };
}
