import { tryAuth } from '../../auth/try-auth.js';
import { tryConfig } from '../../config/try-config.js';
import type { Database, RestorableName, RowCounts, StagedGeneration } from '../../database/database.js';
import { asStorageProblem } from '../../database/disk-space.js';
import { ScratchDatabase } from '../../database/scratch-database.js';
import { type Trial, Trials } from '../../database/trials.js';
import { tryLogs } from '../../logs/try-logs.js';
import { ProofFailure } from './proof-failure.js';

type Ask = (database: Database, rows: RowCounts, trials: Trials) => Promise<void>;

const ASK: Record<RestorableName, Ask> = { auth: tryAuth, config: tryConfig, logs: tryLogs };
/** What SQLite says when it is the machine that keeps it from reading. */
const OF_THE_MACHINE = new Set(['SQLITE_IOERR', 'SQLITE_CANTOPEN', 'SQLITE_NOMEM']);
const LONGEST_TEXT = 300;

/**
 * Puts to a generation what the API would ask of it, by the same stores.
 * @throws ProofFailure for an answer that is none, or a wrong one; whatever says nothing of the generation.
 */
export async function askDatabase(staged: StagedGeneration, signal: AbortSignal): Promise<Trial[]> {
  const { database, rows } = staged;
  const trials = new Trials(database, signal);
  try {
    await ASK[database](new ScratchDatabase(staged), rows, trials);
  } catch (error) {
    signal.throwIfAborted();
    const { code } = (error as { driverError?: { code?: string } }).driverError ?? {};
    if (asStorageProblem(error) !== error || OF_THE_MACHINE.has(String(code))) throw error;
    const text = (error as Error).message.replace(/\s+/g, ' ').slice(0, LONGEST_TEXT);
    throw new ProofFailure('queries', `the ${database} database does not answer as it should: ${text}`);
  }
  return trials.done;
}
