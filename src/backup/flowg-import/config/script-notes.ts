import type { StagedGeneration } from '../../../database/database.js';
import { Problem } from '../../../problems.js';
import type { ScriptEngine } from '../../../vrl/script-engine.js';
import { addNote, type ImportReport } from '../import-report.js';
import { stagedScripts } from './staged-scripts.store.js';

/** Somebody waits for the answer, and the threads have other work: what is not looked at by then shows when it is used. */
const MOST_MILLISECONDS = 10_000;

/** Says which transformers of a staged generation do not compile here: another release of VRL has other functions. */
export async function noteBrokenScripts(
  staged: StagedGeneration,
  scripts: ScriptEngine,
  report: ImportReport,
): Promise<void> {
  const deadline = Date.now() + MOST_MILLISECONDS;
  for await (const { name, script } of stagedScripts(staged)) {
    if (Date.now() > deadline) return;
    try {
      const [fault] = await scripts.check(script);
      if (!fault) continue;
      const text = `line ${fault.line}, column ${fault.column}: ${fault.message}`;
      addNote(report.needsAttention, 'transformer', name, `it does not compile here: ${text}`);
    } catch (error) {
      // The threads are too busy, or stop: nothing that a restore should fail for.
      if (error instanceof Problem) return;
      throw error;
    }
  }
}
