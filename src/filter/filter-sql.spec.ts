import { describe, expect, it } from 'vitest';
import { filterSql } from './filter-sql.js';
import { parseFilter } from './parse-filter.js';

const compiled = (text: string) => filterSql(parseFilter(text), 'fields');

describe('filterSql', () => {
  it('is exact unless a regular expression is involved', () => {
    expect(compiled('a = "1" and not (b contains "2" or c in ["3"])').exact).toBe(true);
    expect(compiled('a = "1" and not (b contains "2" or c not matches "3")').exact).toBe(false);
  });

  it('keeps names and values out of the statement', () => {
    const { sql, parameters } = compiled(`
      $env["na'me"] = "va'lue" or $env["na'me"] in ["va'lue"] or $env["na'me"] contains "va'lue"
      or $env["na'me"] startsWith "va'lue" or $env["na'me"] endsWith "va'lue" or $env["na'me"] matches "va'lue"`);
    expect(sql).not.toMatch(/na'me|va'lue/);
    expect(sql.match(/\?/g)).toHaveLength(parameters.length);
  });

  it('bounds regular expressions from above, and their negations too', () => {
    const bound = (text: string) => compiled(text).sql.split(', ').at(-1);
    expect(bound('a matches "1"')).toBe('((fields ->> ?) IS NOT NULL))');
    expect(bound('a not matches "1"')).toBe('NOT 0)');
    expect(bound('not a not matches "1"')).toBe('NOT NOT ((fields ->> ?) IS NOT NULL))');
  });
});
