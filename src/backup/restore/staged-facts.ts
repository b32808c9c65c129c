import type { RowCounts } from '../../database/database.js';
import type { SqliteStagedGeneration } from '../../database/sqlite/staged-generation.js';
import type { Run } from '../run.entity.js';
import type { Staging } from './staging.service.js';

/** What the catalogue and the answer tell of generations that were staged. */
export function factsOfGenerations(
  staged: SqliteStagedGeneration[],
): Pick<Run, 'instant' | 'schemaVersion' | 'rowCounts'> {
  const [first, ...more] = staged;
  if (more.length === 0) {
    const { instant, schemaVersion } = first!.manifest;
    return { instant, schemaVersion, rowCounts: first!.rows };
  }
  const rowCounts = Object.fromEntries(
    staged.map(({ database, rows }): [string, RowCounts] => [database, rows]),
  );
  // Of one instant, each with a schema of its own.
  return { instant: first!.manifest.instant, schemaVersion: null, rowCounts };
}

export function stagedFacts({ staged, bytes, sha256 }: Staging): Partial<Run> {
  return { bytes, sha256, ...factsOfGenerations(staged) };
}
