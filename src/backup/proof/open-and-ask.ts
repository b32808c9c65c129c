import { RESTORABLE_NAMES, type RestorableName } from '../../database/database.js';
import { FileRefusal } from '../../database/portable-file/file-refusal.js';
import { failpoint } from '../../failpoints.js';
import type { Destination } from '../destinations/destination.js';
import type { Packed } from '../packing/packing.js';
import { namesIn, type RunScope, scopeOf } from '../run-scope.js';
import { openStored, storedFault } from '../stored/read-stored.js';
import type { StoredRun } from '../stored/stored-run.js';
import { Candidate, type Place } from '../verify/candidate.js';
import type { AllOfflineChecks } from '../verify/offline-checks.js';
import { verifyCandidate } from '../verify/verify-candidate.js';
import { requireCatalogued } from './as-catalogued.js';
import { askDatabase } from './ask-database.js';
import type { Evidence } from './evidence.js';
import { ProofFailure } from './proof-failure.js';

export interface Opening {
  destination: Destination;
  run: StoredRun;
  /** Opens it, where it is sealed. */
  packed?: Packed;
  place: Omit<Place, 'permit'>;
  checks: AllOfflineChecks;
  evidence: Evidence;
  signal: AbortSignal;
}

/**
 * Does with a stored copy what a restore would do before the switch, and then asks the databases that came of it.
 * @throws ProofFailure, StoredFault; whatever says nothing of the copy (`DestinationError`, Problem, the reason of the signal).
 */
export async function openAndAsk(opening: Opening): Promise<void> {
  const { destination, run, packed, place, evidence, signal } = opening;
  const permit = (names: readonly RestorableName[]) => requireScope(names, run.database);
  const candidate = new Candidate(opening.checks, { ...place, permit });
  const receive = async () => {
    const content = await openStored(destination, run, signal, packed);
    try {
      await candidate.receive(content.stream);
    } catch (error) {
      throw storedFault(error);
    }
    content.requireUnchanged({ bytes: candidate.bytes, sha256: candidate.sha256! });
    evidence.passed('stored', `${run.stored.bytes} bytes, SHA-256 ${run.stored.sha256}`);
    evidence.passed('content', `${run.bytes} bytes, SHA-256 ${run.sha256}`);
  };
  const { failed } = await verifyCandidate(candidate, checksAndQuestions(opening), receive, signal);
  if (!failed) return;
  const member = failed.database && run.database === 'all' ? `${failed.database}.db in it: ` : '';
  throw new ProofFailure(
    failed.check,
    `a restore would refuse it by the check "${failed.check}": ${member}${failed.reason}`,
  );
}

/** The checks of a restore, and behind them what is only asked of a proof. */
function checksAndQuestions({ checks, run, evidence, signal }: Opening): AllOfflineChecks {
  const withQuestions = (name: RestorableName) => ({
    ...checks[name],
    review: async (staged: Parameters<AllOfflineChecks[RestorableName]['review']>[0]) => {
      await checks[name].review(staged);
      await failpoint('proof.opened');
      evidence.passed('restorable', `${name}: every check of a restore`);
      requireCatalogued(staged, run);
      evidence.passed('catalogue', `${name}: as of ${staged.manifest.instant}, ${rowsText(staged.rows)}`);
      const queries = await askDatabase(staged, signal);
      evidence.queries.push(...queries);
      evidence.passed('queries', `${name}: ${queries.length} questions answered`);
    },
  });
  const [auth, config, logs] = RESTORABLE_NAMES.map(withQuestions);
  return { auth: auth!, config: config!, logs: logs! };
}

function rowsText(rows: Record<string, number>): string {
  return Object.entries(rows)
    .map(([label, count]) => `${count} ${label}`)
    .join(', ');
}

function requireScope(names: readonly RestorableName[], scope: RunScope): void {
  if (names.join() === namesIn(scope).join()) return;
  throw new FileRefusal('kind', `it is a backup of ${scopeOf(names)}, not of ${scope}`);
}
