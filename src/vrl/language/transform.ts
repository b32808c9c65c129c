import type { Fields } from '../script-engine.js';
import { epilogueValue, withTags, withTexts } from './epilogues.js';
import { type FlatRecord, flatten } from './flatten.js';
import { RecordRefusal } from './record-refusal.js';
import { LostValue, plainText, type ScalarText, taggedText } from './scalars.js';
import { execution } from './vrl.js';

const HALF_A_PAIR = /\p{Surrogate}/u;

/**
 * Runs a script on one record.
 * @param script one that compiles.
 * @throws RecordRefusal why there are no new fields; Breakdown
 */
export function transform(script: string, fields: Fields): FlatRecord {
  requireText(fields);
  try {
    return resultOf(withTags(script), fields, taggedText);
  } catch (error) {
    if (!(error instanceof LostValue)) throw error;
    return resultOf(withTexts(script), fields, plainText);
  }
}

function resultOf(program: string, fields: Fields, scalarText: ScalarText): FlatRecord {
  const { event, result } = execution(program, fields);
  const value = epilogueValue(result);
  return value === undefined ? flatten(event, plainText) : flatten(value, scalarText);
}

/** VRL's texts are UTF-8, which has no way to write half of a surrogate pair. @throws RecordRefusal */
export function requireText(fields: Fields): void {
  for (const [name, text] of Object.entries(fields)) {
    if (HALF_A_PAIR.test(name) || HALF_A_PAIR.test(text))
      throw new RecordRefusal('a field has half of a surrogate pair in it, which is not text');
  }
}
