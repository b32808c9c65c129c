import { z } from 'zod';

/**
 * JSON as the reference reads it: an absent property and `null` are the zero value of the type, a wrong type is an
 * error, properties are found in any case of their letters, and those that nobody knows are dropped.
 */

export const lenientText = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

export const lenientInteger = z
  .int()
  // The explorer shall not show where JavaScript stops counting.
  .meta({ minimum: undefined, maximum: undefined })
  .nullish()
  .transform((value) => value ?? 0);

export const lenientNumber = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);

/** @param most counted before anything in the list is looked at: a body has room for millions. */
export function lenientList<Item extends z.ZodType>(item: Item, most = 10_000) {
  return z
    .array(z.unknown())
    .max(most, `at most ${most} are possible`)
    .meta({ items: explorerSchema(item) })
    .pipe(z.array(item))
    .nullish()
    .transform((value) => value ?? []);
}

/**
 * An object with these properties. `{"Script":…}` is taken for `script`: were it dropped as an unknown property, what
 * somebody wanted to save would be lost without a word.
 */
export function jsonObject<Shape extends z.ZodRawShape>(shape: Shape) {
  const object = z.object(shape);
  const names = new Map(Object.keys(shape).map((name) => [name.toLowerCase(), name]));
  return z.preprocess((value) => underKnownNames(value, names), object).meta(explorerSchema(object));
}

/** The last of several spellings counts. */
function underKnownNames(value: unknown, names: Map<string, string>): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).flatMap(([spelling, entry]): [string, unknown][] => {
    const name = names.get(spelling.toLowerCase());
    return name === undefined ? [] : [[name, entry]];
  });
  return Object.fromEntries(entries);
}

/** For the explorer, which looks no further than to what comes in. */
function explorerSchema(schema: z.ZodType) {
  return z.toJSONSchema(schema, { io: 'input', target: 'openapi-3.0', unrepresentable: 'any' });
}

/** For an object whose properties are all lenient: the object itself may be left out too. */
export function lenient<Schema extends z.ZodType>(object: Schema) {
  return object.nullish().transform((value) => value ?? object.parse({}));
}

export function lenientObject<Shape extends z.ZodRawShape>(shape: Shape) {
  return lenient(jsonObject(shape));
}

/** A body has room for a million fields, each of which would become a row of its own. */
const MOST_KEYS = 20_000;

/**
 * `{string: string}` with any keys at all. Not `z.record`, which drops a key called `__proto__`: here keys are data.
 */
export const stringMap = z
  .unknown()
  .optional()
  .transform((value, context): Record<string, string> => {
    if (value === undefined || value === null) return {};
    if (typeof value !== 'object' || Array.isArray(value)) {
      context.addIssue('expected an object of strings');
      return z.NEVER;
    }
    const given = value as Record<string, string | null>;
    const keys = Object.keys(given);
    if (keys.length > MOST_KEYS) {
      context.addIssue(`at most ${MOST_KEYS} properties are possible`);
      return z.NEVER;
    }
    const odd = keys.filter((key) => typeof given[key] !== 'string');
    // Nearly always: what was parsed is what is wanted, and a copy of each record would be much of what ingest costs.
    if (odd.length === 0) return given as Record<string, string>;
    const wrong = odd.find((key) => given[key] !== null);
    if (wrong !== undefined) {
      // The first one only: a body has room for a million, and a complaint about each would take many seconds.
      context.addIssue({ code: 'custom', path: [wrong], message: 'expected a string' });
      return z.NEVER;
    }
    // Defines properties instead of setting them, so that `__proto__` is a key like any other.
    return Object.fromEntries(keys.map((key) => [key, given[key] ?? '']));
  })
  .meta({ type: 'object', additionalProperties: { type: 'string' } });
