import type { Rows } from '../changes/rows.js';

export interface StagedDefinition {
  name: string;
  /** The name as the file has it, which need not be UTF-8. */
  nameBytes: Buffer;
  content: string;
}

/** The rows of one table, one at a time, sorted by name: a definition may be as large as a request. */
export async function* stagedDefinitions(
  rows: Rows,
  table: string,
  column: string,
): AsyncGenerator<StagedDefinition> {
  let last = '';
  for (;;) {
    const [row] = await rows.read((manager) =>
      manager.query<StagedDefinition[]>(
        `SELECT name, CAST(name AS BLOB) AS nameBytes, "${column}" AS content FROM "${table}"
         WHERE name > ? ORDER BY name LIMIT 1`,
        [last],
      ),
    );
    if (!row) return;
    yield row;
    last = row.name;
  }
}
