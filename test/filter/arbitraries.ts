import * as fc from 'fast-check';
import { chain, type Comparison, type Filter } from '#src/filter/filter.js';
import { escapedJson, spacedJson } from './foreign-json.js';

/** How many random cases a property is tried with. */
export const RUNS = Number(process.env.FLOWG_TEST_FILTERS ?? 10_000);

/** Names that are the same up to their NUL; what JSON, paths and patterns of SQLite take for special; the rest. */
const NAMES = [
  ['', '\0', '\0a', 'a', 'a\0', 'a\0b'],
  ['a"', "it's", 'a\\', '\\', '\\u0000', '\\0', '$', '$.a', 'a.b', '[0]', '#-1', '*', '%', '/'],
  ['__proto__', 'constructor', 'A', 'a', 'é', 'e\u0301', '😀', '\ufffd', '\u2028', '\n', 'and'],
];

const VALUES = [
  ['', '\0', 'a', 'a\0', 'a\0b', '\0b', 'b', 'ab'],
  ['"', '\\', '\\u0000', "'", '%', '*', '[a]', 'a', 'A', '1', '1.0', 'null', '/'],
  ['é', 'e\u0301', '😀', 'a😀', 'e', '\ufffd', '\r\n', '😀a', 'x'.repeat(300), `${'é'.repeat(300)}a`],
];

/** Halves of surrogate pairs come in records, never in filters. */
const HALVES = ['\ud83d', '\ude00', 'a\ud83d', '\ude00b', '\ud83d😀'];

const PATTERNS = [
  '',
  'a',
  '^a',
  'b$',
  '^.$',
  '(?i)a',
  '\\x{0}',
  '[^a]',
  '^\\pL+$',
  '😀|é',
  '\\bb',
  '(a|ab)(b|$)',
];

/** The few names and values of one case, so that its filters often hit its records; a family, or a mixture. */
function few(families: string[][], most: number): fc.Arbitrary<string[]> {
  const from = (texts: string[]) => fc.subarray([...new Set(texts)], { minLength: 2, maxLength: most });
  return fc.oneof(...families.map(from), from(families.flat()));
}

const wellFormed = fc.string({ unit: 'binary', maxLength: 4 });

function filtersOf(names: string[], values: string[]): fc.Arbitrary<Filter> {
  const field = fc.oneof({ weight: 19, arbitrary: fc.constantFrom(...names) }, wellFormed);
  const value = fc.oneof({ weight: 19, arbitrary: fc.constantFrom(...values) }, wellFormed);
  const comparison: fc.Arbitrary<Comparison> = fc.oneof(
    fc.record({ kind: fc.constant('equals' as const), field, value }),
    fc.record({ kind: fc.constant('in' as const), field, values: fc.array(value, { maxLength: 4 }) }),
    fc.record({
      kind: fc.constantFrom('contains' as const, 'startsWith' as const, 'endsWith' as const),
      field,
      value,
    }),
    fc.record({ kind: fc.constant('matches' as const), field, pattern: fc.constantFrom(...PATTERNS) }),
  );
  return fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      { weight: 3, arbitrary: comparison },
      { weight: 1, arbitrary: tie('filter').map((operand): Filter => ({ kind: 'not', operand })) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(
            fc.constantFrom('and' as const, 'or' as const),
            fc.array(tie('filter'), { minLength: 2, maxLength: 4 }),
          )
          .map(([kind, operands]) => chain(kind, operands)),
      },
    ),
  })).filter;
}

/** Made of entries, so that `__proto__` is an own property. */
function recordsOf(names: string[], values: string[]): fc.Arbitrary<Record<string, string>> {
  const name = fc.oneof({ weight: 19, arbitrary: fc.constantFrom(...names) }, fc.constantFrom(...HALVES));
  const value = fc.oneof({ weight: 19, arbitrary: fc.constantFrom(...values) }, fc.constantFrom(...HALVES));
  return fc.array(fc.tuple(name, value), { maxLength: 6 }).map((entries) => Object.fromEntries(entries));
}

/** A record, and how it is stored: by JSON.stringify, or by a program that writes JSON in another way. */
export interface Row {
  record: Record<string, string>;
  json: string;
}

/** Rows, and a filter of the same few names and values; the tree is one that the parser makes. */
export const cases: fc.Arbitrary<{ rows: Row[]; filter: Filter }> = fc
  .tuple(few(NAMES, 3), few(VALUES, 5))
  .chain(([names, values]) => {
    const writer = fc.constantFrom(JSON.stringify, escapedJson, spacedJson);
    const row = fc
      .tuple(recordsOf(names, values), writer)
      .map(([record, write]) => ({ record, json: write(record) }));
    return fc.record({
      rows: fc.array(row, { minLength: 6, maxLength: 6 }),
      filter: filtersOf(names, values),
    });
  });
