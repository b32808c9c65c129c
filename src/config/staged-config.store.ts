import type { StagedGeneration } from '../database/database.js';

export interface StagedDefinition {
  name: string;
  /** The name as the file has it, which need not be UTF-8. */
  nameBytes: Buffer;
  content: string;
}

/** The rows of one table of a staged generation, one at a time: a definition may be as large as a request. */
export async function* stagedDefinitions(
  staged: StagedGeneration,
  table: string,
  column: string,
): AsyncGenerator<StagedDefinition> {
  let last = '';
  for (;;) {
    const [row] = await staged.read((manager) =>
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
