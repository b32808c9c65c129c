import type { Comparison } from './filter.js';
import { parameter, sql, type SqlText } from './sql-text.js';

type ComparisonOfSql = Exclude<Comparison, { kind: 'matches' }>;

/**
 * A comparison as 1 or 0. It is never NULL, which an absent field would make of it, and which NOT would leave as it is.
 * @param value SQL of the field's value.
 */
export function comparisonSql(comparison: ComparisonOfSql, value: SqlText): SqlText {
  return sql`coalesce(${testSql(comparison, value)}, 0)`;
}

export function presenceSql(value: SqlText): SqlText {
  return sql`(${value} IS NOT NULL)`;
}

/**
 * LIKE overlooks case, and length() ends at a NUL; `=` and instr() compare all bytes. Beginnings and ends are counted in
 * bytes, which finds the same: in UTF-8 no character begins or ends with another one.
 */
function testSql(comparison: ComparisonOfSql, value: SqlText): SqlText {
  if (comparison.kind === 'equals') return sql`${value} = ${parameter(comparison.value)}`;
  if (comparison.kind === 'in')
    return sql`${value} IN (SELECT value FROM json_each(${parameter(JSON.stringify(comparison.values))}))`;
  if (comparison.value === '') return presenceSql(value);
  if (comparison.kind === 'contains') return sql`instr(${value}, ${parameter(comparison.value)}) > 0`;
  const bytes = Buffer.from(comparison.value);
  const start = parameter(comparison.kind === 'startsWith' ? 1 : -bytes.length);
  return sql`substr(CAST(${value} AS BLOB), ${start}, ${parameter(bytes.length)}) = ${parameter(bytes)}`;
}
