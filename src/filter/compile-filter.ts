import { FILTER_LIMITS } from './filter-limits.js';
import type { Comparison, Filter } from './filter.js';
import { compilePattern } from './patterns.js';

/** The fields of a log entry. Only own properties count: `__proto__` and `constructor` are names like any other. */
export type FilterRecord = Readonly<Record<string, string>>;

export type RecordTest = (record: FilterRecord) => boolean;

/**
 * The filter as a function. Regular expressions are compiled here, once, and not for each record.
 * @param filter one that `parseFilter` returned, which has checked the regular expressions.
 */
export function compileFilter(filter: Filter): RecordTest {
  switch (filter.kind) {
    case 'not': {
      const operand = compileFilter(filter.operand);
      return (record) => !operand(record);
    }
    case 'and': {
      const operands = filter.operands.map(compileFilter);
      return (record) => operands.every((operand) => operand(record));
    }
    case 'or': {
      const operands = filter.operands.map(compileFilter);
      return (record) => operands.some((operand) => operand(record));
    }
    default: {
      const { field } = filter;
      const passes = valueTest(filter);
      return (record) => Object.hasOwn(record, field) && passes(record[field]!);
    }
  }
}

/** What a field that is present must pass. */
function valueTest(filter: Comparison): (value: string) => boolean {
  switch (filter.kind) {
    case 'equals':
      return (value) => value === filter.value;
    case 'in': {
      const values = new Set(filter.values);
      return (value) => values.has(value);
    }
    case 'contains':
      return (value) => value.includes(filter.value);
    case 'startsWith':
      return (value) => value.startsWith(filter.value);
    case 'endsWith':
      return (value) => value.endsWith(filter.value);
    case 'matches': {
      const pattern = compilePattern(filter.pattern);
      return (value) => pattern.test(value.slice(0, FILTER_LIMITS.matchedUnits));
    }
  }
}
