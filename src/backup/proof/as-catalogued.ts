import { isDeepStrictEqual } from 'node:util';
import type { StagedGeneration } from '../../database/database.js';
import type { Run } from '../run.entity.js';
import { ProofFailure } from './proof-failure.js';

/** @throws ProofFailure unless a database of a backup is what the catalogue says of it: its instant, its version, its rows. */
export function requireCatalogued(staged: StagedGeneration, run: Run): void {
  const { database, manifest, rows } = staged;
  const single = run.database !== 'all';
  const promised = single ? run.rowCounts : run.rowCounts?.[database];
  const facts: [what: string, found: unknown, catalogued: unknown][] = [
    ['instant', manifest.instant, run.instant],
    // Of all databases each has a version of its own, and the catalogue none.
    ...(single
      ? [['schema version', manifest.schemaVersion, run.schemaVersion] as [string, unknown, unknown]]
      : []),
    ['number of rows', rows, promised],
  ];
  const odd = facts.find(([, found, catalogued]) => !isDeepStrictEqual(found, catalogued));
  if (!odd) return;
  const [what, found, catalogued] = odd.map((fact) =>
    typeof fact === 'string' ? fact : JSON.stringify(fact),
  );
  throw new ProofFailure(
    'catalogue',
    `the ${what} of the ${database} database in it is ${found}, the catalogue says ${catalogued}`,
  );
}
