import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFilter } from '#src/filter/compile-filter.js';
import { indexSeeks } from '#src/filter/index-seeks.js';
import { cases, RUNS } from './arbitraries.js';

describe('the seeks of a filter', () => {
  it('miss no record, whichever alternative is taken and whichever fields have an index', () => {
    let useful = 0;
    fc.assert(
      fc.property(cases, fc.func(fc.nat(3)), ({ rows, filter }, index) => {
        const alternatives = indexSeeks(filter, (field) => index(field) > 0);
        const matching = rows.map(({ record }) => record).filter(compileFilter(filter));
        for (const seeks of alternatives)
          for (const record of matching)
            expect(
              seeks.some(({ field, value }) => Object.hasOwn(record, field) && record[field] === value),
            ).toBe(true);
        useful += Number(alternatives.length > 0 && matching.length > 0);
      }),
      { numRuns: RUNS },
    );
    expect(useful / RUNS).toBeGreaterThan(0.05);
  });
});
