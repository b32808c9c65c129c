import type { ScriptFault } from '../script-engine.js';
import { faultOf } from './fault-of.js';
import { ScriptMemory } from './script-memory.js';
import { diagnose } from './vrl.js';

const MOST_FAULTS = 100;

const faults = new ScriptMemory<ScriptFault[]>((script) => {
  const bytes = Buffer.from(script);
  return diagnose(script, MOST_FAULTS).map((diagnosis) => faultOf(diagnosis, bytes));
});

/**
 * Remembers the answers of late.
 * @returns why the script does not compile, at most a hundred reasons.
 * @throws Breakdown
 */
export function faultsIn(script: string): ScriptFault[] {
  return faults.of(script);
}
