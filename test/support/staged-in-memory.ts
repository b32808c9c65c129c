import type { StagedGeneration } from '#src/database/database.js';
import type { DatabaseDefinition } from '#src/database/database-definition.js';
import { openInMemory } from '#src/database/sqlite/sqlite-data-source.js';

export interface StagedInMemory {
  /** As much of a staged generation as a restore policy looks at. */
  generation: StagedGeneration;
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

/** An empty database of the newest schema, to be filled with rows that the API would not write. */
export async function stagedInMemory(definition: DatabaseDefinition): Promise<StagedInMemory> {
  const source = await openInMemory(definition);
  await source.runMigrations();
  const read: StagedGeneration['read'] = (work) => work(source.manager);
  return {
    generation: { read } as StagedGeneration,
    query: (sql, parameters) => source.query(sql, parameters),
    close: () => source.destroy(),
  };
}
