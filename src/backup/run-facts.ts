import type { Manifest } from '../database/database.js';
import type { Run } from './run.entity.js';

/** What the catalogue and the answers tell of a backup, or of generations: of one database, or of all at one instant. */
export function factsOf(manifests: Manifest[]): Pick<Run, 'instant' | 'schemaVersion' | 'rowCounts'> {
  const [first, ...more] = manifests;
  const { instant, schemaVersion, rows } = first!;
  if (more.length === 0) return { instant, schemaVersion, rowCounts: rows };
  const rowCounts = Object.fromEntries(manifests.map((manifest) => [manifest.database, manifest.rows]));
  // Each has a schema of its own.
  return { instant, schemaVersion: null, rowCounts };
}
