import type { StagedGeneration } from '../../../database/database.js';

export interface StagedScript {
  name: string;
  script: string;
}

/** The transformers of a staged generation, one at a time: a script may be large. */
export async function* stagedScripts(staged: StagedGeneration): AsyncGenerator<StagedScript> {
  for (let last = ''; ;) {
    const [row] = await staged.read((manager) =>
      manager.query<StagedScript[]>(
        'SELECT name, script FROM transformers WHERE name > ? ORDER BY name LIMIT 1',
        [last],
      ),
    );
    if (!row) return;
    yield row;
    last = row.name;
  }
}
