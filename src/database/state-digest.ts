import { createHash, type Hash } from 'node:crypto';

/** Runs a query and gives all of its rows; both TypeORM and a raw connection can. */
export type RunQuery = (sql: string, parameters: unknown[]) => Promise<Record<string, unknown>[]>;

/** Rows that are looked at together. */
const PAGE_ROWS = 2000;
/**
 * Tables that say how and when a file was made, not what is in it; that follow from others and may still be built; and work
 * that a restore does not take up again.
 */
const NOT_STATE = [
  'manifest',
  'migrations',
  'sqlite_sequence',
  'stream_index',
  'indexed_value',
  'alert_delivery',
];

/**
 * One number for everything a database holds: SHA-256 over every row of every table, tables by name, rows by primary
 * key, columns by name, as JSON lines. Two databases of the same schema version with equal digests hold the same
 * state, whatever the layout of their files and the engine that wrote them.
 */
export async function stateDigest(query: RunQuery): Promise<string> {
  const hash = createHash('sha256');
  const tables = await query(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN (${NOT_STATE.map(() => '?').join()})
     ORDER BY name`,
    NOT_STATE,
  );
  for (const { name } of tables) await addTable(hash, query, String(name));
  return hash.digest('hex');
}

async function addTable(hash: Hash, query: RunQuery, table: string): Promise<void> {
  const columns = await query('SELECT name, pk FROM pragma_table_info(?) ORDER BY name', [table]);
  const names = columns.map(({ name }) => `"${String(name)}"`);
  const key = columns
    .filter(({ pk }) => Number(pk) > 0)
    .toSorted((a, b) => Number(a.pk) - Number(b.pk))
    .map(({ name }) => String(name));
  const keyList = key.map((name) => `"${name}"`).join();
  const marks = key.map(() => '?').join();
  hash.update(`${JSON.stringify([table, columns.map(({ name }) => name)])}\n`);
  let last: unknown[] | undefined;
  for (;;) {
    const after = last ? `WHERE (${keyList}) > (${marks})` : '';
    const rows = await query(
      `SELECT ${names.join()} FROM "${table}" ${after} ORDER BY ${keyList} LIMIT ${PAGE_ROWS}`,
      last ?? [],
    );
    for (const row of rows) hash.update(`${JSON.stringify(columns.map(({ name }) => row[String(name)]))}\n`);
    if (rows.length < PAGE_ROWS) return;
    last = key.map((name) => rows.at(-1)![name]);
  }
}
