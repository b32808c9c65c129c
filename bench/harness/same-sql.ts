import { sqlText } from '#src/database/sql-text.js';
import { filterSql } from '#src/filter/filter-sql.js';
import { parseFilter } from '#src/filter/parse-filter.js';
import { RECORD_TEXT } from '#src/logs/query/record-text.store.js';

/** What a query asks for, in the words of the API. */
export interface Asked {
  from: string;
  to: string;
  filter?: string;
  limit?: string;
}

/** One statement that gives the records of a query of the stream `bulk`, as JSON, one a line. */
export function statementFor({ from, to, filter, limit = '-1' }: Asked): string {
  return `SELECT ${RECORD_TEXT} AS record FROM entry
    WHERE stream_id = (SELECT id FROM stream WHERE name = 'bulk')
      AND timestamp_ms >= ${Date.parse(from)} AND timestamp_ms < ${Date.parse(to)} AND ${conditionOf(filter)}
    ORDER BY timestamp_ms DESC, id DESC LIMIT ${limit}`;
}

/** The same by the index of a field, for a filter that asks for one value of it. */
export function statementByIndex(
  { from, to, filter, limit = '-1' }: Asked,
  field: string,
  value: string,
): string {
  return `SELECT ${RECORD_TEXT.replaceAll('timestamp_ms', 'entry.timestamp_ms')} AS record
    FROM indexed_value JOIN entry ON entry.id = entry_id
    WHERE index_id = (SELECT id FROM stream_index WHERE field = '"${field}"') AND value = CAST(${sqlText(value)} AS BLOB)
      AND indexed_value.timestamp_ms >= ${Date.parse(from)} AND indexed_value.timestamp_ms < ${Date.parse(to)}
      AND ${conditionOf(filter)}
    ORDER BY indexed_value.timestamp_ms DESC, entry_id DESC LIMIT ${limit}`;
}

function conditionOf(filter: string | undefined): string {
  if (filter === undefined) return '1';
  const { sql, parameters } = filterSql(parseFilter(filter), 'entry.fields');
  const values = parameters.map((value) => sqlText(String(value)));
  return sql.replaceAll('?', () => values.shift()!);
}
