import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatFilter } from '#src/filter/format-filter.js';
import type { Filter } from '#src/filter/filter.js';
import { parseFilter } from '#src/filter/parse-filter.js';
import { cases, RUNS } from './arbitraries.js';

describe('a filter as text', () => {
  it('reads back to the same tree', () => {
    fc.assert(
      fc.property(cases, ({ filter }) => {
        const text = formatFilter(filter);
        expect(parseFilter(text)).toEqual(filter);
        expect(text).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      }),
      { numRuns: RUNS },
    );
  });

  it('means the same in the newer spelling', () => {
    fc.assert(
      fc.property(cases, ({ filter }) => {
        expect(parseFilter(newerSpelling(filter))).toEqual(filter);
      }),
      { numRuns: Math.ceil(RUNS / 10) },
    );
  });
});

/** Everything in parentheses and by the newer operators, names and values in the quotes that the formatter avoids. */
function newerSpelling(filter: Filter): string {
  switch (filter.kind) {
    case 'and':
      return `(${filter.operands.map(newerSpelling).join('&&')})`;
    case 'or':
      return `(${filter.operands.map(newerSpelling).join('||')})`;
    case 'not':
      return `!${newerSpelling(filter.operand)}`;
    case 'equals':
      return `${name(filter.field)}==${single(filter.value)}`;
    case 'in':
      return `${name(filter.field)}in[${filter.values.map(single).join(',')}]`;
    case 'matches':
      return `${name(filter.field)}matches${single(filter.pattern)}`;
    default:
      return `${name(filter.field)}${filter.kind}${single(filter.value)}`;
  }
}

function name(field: string): string {
  return `$env[${single(field)}]`;
}

function single(value: string): string {
  return `'${value.replaceAll(/['\\]/g, '\\$&')}'`;
}
