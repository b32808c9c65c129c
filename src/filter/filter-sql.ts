import { comparisonSql, presenceSql } from './comparison-sql.js';
import { byCaseOfNul, type FieldLookup } from './field-sql.js';
import type { Filter } from './filter.js';
import { sql, trusted, type SqlText } from './sql-text.js';

export interface FilterSql extends SqlText {
  /** False when a regular expression is involved: then rows that do not match may pass, but none that does is missed. */
  exact: boolean;
}

/**
 * The filter as a condition of SQLite, 1 or 0 and never NULL.
 * @param column the text column that holds the record, with its table; as for `fieldSql`.
 */
export function filterSql(filter: Filter, column: string): FilterSql {
  const condition = byCaseOfNul(column, (lookup) => bound(filter, lookup, 'upper'));
  return { ...condition, exact: !hasPattern(filter) };
}

function hasPattern(filter: Filter): boolean {
  if (filter.kind === 'not') return hasPattern(filter.operand);
  return 'operands' in filter ? filter.operands.some(hasPattern) : filter.kind === 'matches';
}

/**
 * SQLite knows no regular expressions, so each condition lies on one side of the filter: an upper bound is true wherever
 * the filter is, a lower one nowhere else. The negation of one is the other.
 */
type Side = 'upper' | 'lower';

function bound(filter: Filter, lookup: FieldLookup, side: Side): SqlText {
  switch (filter.kind) {
    case 'not':
      return sql`NOT ${bound(filter.operand, lookup, side === 'upper' ? 'lower' : 'upper')}`;
    case 'and':
    case 'or':
      return balanced(
        filter.kind === 'and' ? trusted('AND') : trusted('OR'),
        filter.operands.map((operand) => bound(operand, lookup, side)),
      );
    case 'matches':
      return side === 'upper' ? presenceSql(lookup(filter.field)) : trusted('0');
    default:
      return comparisonSql(filter, lookup(filter.field));
  }
}

/** As a tree and not as a row of operators: SQLite reads a row as one operator inside the other, at most 1000 deep. */
function balanced(operator: SqlText, operands: SqlText[]): SqlText {
  if (operands.length === 1) return operands[0]!;
  const middle = Math.ceil(operands.length / 2);
  const [left, right] = [operands.slice(0, middle), operands.slice(middle)];
  return sql`(${balanced(operator, left)} ${operator} ${balanced(operator, right)})`;
}
