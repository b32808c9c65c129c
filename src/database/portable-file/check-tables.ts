import type { SqliteConnection } from '../sqlite/sqlite-connection.js';
import { checkConstraints } from './check-constraints.js';
import { damaged, FileRefusal } from './file-refusal.js';

/**
 * The server will read these values whole. A text longer than JavaScript's longest string (512 MiB) would end it. What a
 * log record may be at most; nobody's script or pipeline is near it.
 */
export const MOST_VALUE_BYTES = 128 * 1024 * 1024;

/** What the rows have failed in, the first of each kind. */
export interface RowFaults {
  structure?: FileRefusal;
  size?: FileRefusal;
}

/**
 * Looks at every row once, for all that has to be known of each. The schema is known to be ours by now, and so are its
 * expressions.
 *
 * - The constraints of columns. `integrity_check` would look at them too, but it takes as long as all of this without
 *   them, so this is done beside it.
 * - How many rows belong into each partial index. `integrity_check` looks each row up in its indexes, but never counts
 *   what is in a partial one: entries of rows that are not there, or a page that is none of an index, pass it.
 * - How large a value is, which costs nothing as long as it is not read: one that is too large is not.
 * @throws SQLite's own error for a page of the wrong kind.
 */
export async function checkTables(connection: SqliteConnection): Promise<RowFaults> {
  const faults: RowFaults = {};
  for (const table of await tablesOf(connection)) {
    const [row] = await connection.all<Record<string, number>>(passOver(table));
    if (row!.odd! > 0) {
      faults.structure ??= await brokenConstraint(connection, table);
      faults.size ??= await valueTooLarge(connection, table);
    }
    const untrue = table.indexes.find((_, index) => row![`due${index}`] !== row![`there${index}`]);
    if (untrue) faults.structure ??= damaged(`wrong # of entries in index ${untrue.name}`);
  }
  return faults;
}

interface Table {
  name: string;
  /** Each in parentheses. */
  constraints: string[];
  /** The partial ones. */
  indexes: { name: string; condition: string }[];
  /** Those that hold text. */
  columns: string[];
}

async function tablesOf(connection: SqliteConnection): Promise<Table[]> {
  const tables = await connection.all<{ name: string; sql: string }>(
    `SELECT name, sql FROM sqlite_schema WHERE type = 'table'`,
  );
  const indexes = await connection.all<{ name: string; tbl_name: string; sql: string }>(
    `SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL`,
  );
  const columns = await connection.all<{ table: string; column: string }>(
    `SELECT listing.name AS "table", info.name AS "column"
     FROM sqlite_schema AS listing, pragma_table_info(listing.name) AS info
     WHERE listing.type = 'table' AND info.type = 'TEXT'`,
  );
  return tables.map(({ name, sql }) => ({
    name,
    constraints: checkConstraints(sql),
    indexes: indexes
      .filter(({ tbl_name: table }) => table === name)
      .flatMap((index) => {
        const condition = /\sWHERE\s(.+)$/is.exec(index.sql)?.[1];
        return condition === undefined ? [] : [{ name: index.name, condition }];
      }),
    columns: columns.filter(({ table }) => table === name).map(({ column }) => column),
  }));
}

/** The size comes first: SQL does not look at what stands behind an OR that is true already. */
function passOver({ name, constraints, indexes, columns }: Table): string {
  const isOdd = [...columns.map(isTooLarge), isBroken(constraints)].join(' OR ');
  const wanted = [
    `count(*) FILTER (WHERE ${isOdd}) AS odd`,
    ...indexes.flatMap(({ name: partial, condition }, index) => [
      `count(*) FILTER (WHERE ${condition}) AS due${index}`,
      `(SELECT count(*) FROM "${name}" INDEXED BY "${partial}" WHERE ${condition}) AS there${index}`,
    ]),
  ];
  return `SELECT ${wanted.join(', ')} FROM "${name}" NOT INDEXED`;
}

function isTooLarge(column: string): string {
  return `octet_length("${column}") > ${MOST_VALUE_BYTES}`;
}

function isBroken(constraints: string[]): string {
  return constraints.length > 0 ? `NOT (${constraints.join(' AND ')})` : 'false';
}

async function brokenConstraint(
  connection: SqliteConnection,
  { name, constraints, columns }: Table,
): Promise<FileRefusal | undefined> {
  const isReadable = columns.map((column) => `(${isTooLarge(column)}) IS NOT true`);
  const conditions = [...isReadable, isBroken(constraints)].join(' AND ');
  const broken = await connection.all(`SELECT 1 FROM "${name}" NOT INDEXED WHERE ${conditions} LIMIT 1`);
  return broken.length > 0 ? damaged(`a row of ${name} breaks a constraint`) : undefined;
}

async function valueTooLarge(
  connection: SqliteConnection,
  { name, columns }: Table,
): Promise<FileRefusal | undefined> {
  for (const column of columns) {
    const larger = await connection.all(`SELECT 1 FROM "${name}" WHERE ${isTooLarge(column)} LIMIT 1`);
    if (larger.length > 0)
      return new FileRefusal('content', `a ${column} in ${name} is larger than ${MOST_VALUE_BYTES} bytes`);
  }
  return undefined;
}
