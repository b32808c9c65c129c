/** Values inside values that are looked at; an exporter nests a handful. */
const MOST_DEPTH = 64;

/** A request that is not what it should be, with the place of it. */
export class OtlpFault extends Error {}

export type JsonObject = Record<string, unknown>;

export function objectAt(value: unknown, place: string): JsonObject {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as JsonObject;
  throw new OtlpFault(`${place}: expected an object`);
}

export function listAt(value: unknown, place: string): unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new OtlpFault(`${place}: expected a list`);
}

/** Text, or what prints as one; absent: `standard`. 64-bit numbers come as text. */
export function textAt(value: unknown, place: string, standard = ''): string {
  if (value === undefined || value === null) return standard;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new OtlpFault(`${place}: expected text or a number`);
}

/**
 * An `AnyValue` as the text of a field: texts as they are, numbers and booleans printed, bytes in base64, lists and
 * maps as JSON.
 */
export function anyValueText(value: unknown, place: string): string {
  const plain = plainValue(value, place, 0);
  return typeof plain === 'string' ? plain : plain === undefined ? '' : JSON.stringify(plain);
}

function plainValue(value: unknown, place: string, depth: number): unknown {
  if (depth > MOST_DEPTH) throw new OtlpFault(`${place}: values are nested more than ${MOST_DEPTH} deep`);
  const any = objectAt(value, place);
  const [kind] = Object.keys(any);
  const content = kind === undefined ? undefined : any[kind];
  switch (kind) {
    case undefined:
      return undefined;
    case 'stringValue':
      return textAt(content, place);
    case 'boolValue':
      return depth === 0 ? textAt(content, place) : content === true || content === 'true';
    case 'intValue':
    case 'doubleValue':
      return depth === 0 ? textAt(content, place) : numberOrText(textAt(content, place));
    case 'bytesValue':
      return Buffer.isBuffer(content) ? content.toString('base64') : textAt(content, place);
    case 'arrayValue':
      return listAt(objectAt(content, place).values, place).map((item) =>
        plainOrNull(item, place, depth + 1),
      );
    case 'kvlistValue':
      return Object.fromEntries(
        keyValues(objectAt(content, place).values, place).map(([key, item]) => [
          key,
          plainOrNull(item, place, depth + 1),
        ]),
      );
    default:
      throw new OtlpFault(`${place}: unknown kind of value ${JSON.stringify(kind.slice(0, 40))}`);
  }
}

function plainOrNull(value: unknown, place: string, depth: number): unknown {
  return plainValue(value, place, depth) ?? null;
}

/** As a number of JSON where that is exact. */
function numberOrText(text: string): number | string {
  const number = Number(text);
  return Number.isFinite(number) && String(number) === text ? number : text;
}

/** The pairs of a list of `KeyValue`. */
export function keyValues(value: unknown, place: string): [key: string, value: unknown][] {
  return listAt(value, place).map((pair) => {
    const { key, value: content } = objectAt(pair, place);
    return [textAt(key, place), content];
  });
}
