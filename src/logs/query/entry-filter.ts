import { compileFilter } from '../../filter/compile-filter.js';
import type { Filter } from '../../filter/filter.js';
import { filterSql } from '../../filter/filter-sql.js';
import { indexSeeks, type Seek } from '../../filter/index-seeks.js';
import type { Fields } from '../record.js';

/** A filter in the forms in which a query uses it. */
export interface EntryFilter {
  /** True for every entry that matches, and for some that do not where `recheck` is there. */
  sql: string;
  parameters: unknown[];
  /** What SQL cannot say. */
  recheck?: (record: Fields) => boolean;
  /** Ways to find the entries by an index. */
  seeks(isIndexed: (field: string) => boolean): Seek[][];
}

export function entryFilter(filter: Filter): EntryFilter {
  const { sql, parameters, exact } = filterSql(filter, 'entry.fields');
  return {
    sql,
    parameters,
    recheck: exact ? undefined : compileFilter(filter),
    seeks: (isIndexed) => indexSeeks(filter, isIndexed),
  };
}

/** Every entry. */
export const EVERYTHING: EntryFilter = { sql: '1', parameters: [], seeks: () => [] };
