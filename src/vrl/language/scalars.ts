import { floatText } from './float-text.js';

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/**
 * The value is not what the script made: JSON, in which it came, has no infinity, no large integers and no bytes that are
 * not text.
 */
export class LostValue extends Error {}

/** Takes what may be a scalar. @returns its text; undefined when it is an object or array to be taken apart. */
export type ScalarText = (value: Json) => string | undefined;

const REPLACEMENT = '\ufffd';

const TEXT_BY_TAG = new Map<string, (value: Json) => string>([
  ['string', (value) => certainText(value as string)],
  ['integer', (value) => certainInteger(value as number)],
  ['float', (value) => floatText(value as number)],
  ['boolean', String],
  ['timestamp', (value) => timestampText(value as string)],
  ['regex', String],
]);

/**
 * Of values as `tag_types_externally` leaves them: `{"integer": 1}`. Null has no tag, and an object of the script that
 * looks like a tagged scalar has tagged scalars in it.
 * @throws LostValue
 */
export function taggedText(value: Json): string | undefined {
  if (value === null) return '';
  if (typeof value !== 'object' || Array.isArray(value)) return undefined;
  const [entry, second] = Object.entries(value);
  if (entry === undefined || second !== undefined) return undefined;
  const [tag, content] = entry;
  // Either infinity, or an object of the script with a null.
  if (tag === 'float' && content === null) throw new LostValue();
  if (content === null || typeof content === 'object') return undefined;
  return TEXT_BY_TAG.get(tag)?.(content);
}

/** Of values without tags. Strings are taken as they are, whatever they were in the script. */
export function plainText(value: Json): string | undefined {
  if (value === null) return '';
  if (typeof value === 'object') return undefined;
  return typeof value === 'number' ? floatText(value) : String(value);
}

/** The text of bytes that are not UTF-8 has this character in it; so may the text of others. */
function certainText(value: string): string {
  if (value.includes(REPLACEMENT)) throw new LostValue();
  return value;
}

function certainInteger(value: number): string {
  if (!Number.isSafeInteger(value)) throw new LostValue();
  return String(value);
}

/** From RFC 3339 to the way Rust's chrono prints a time. */
function timestampText(value: string): string {
  return value.replace('T', ' ').replace('Z', ' UTC');
}
