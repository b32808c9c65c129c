import type { ScriptFault } from '../script-engine.js';
import { faultOf } from './fault-of.js';
import { diagnose } from './vrl.js';

const MOST_FAULTS = 100;
const REMEMBERED_SCRIPTS = 32;

const faultsByScript = new Map<string, ScriptFault[]>();

/**
 * Remembers the answers of late.
 * @returns why the script does not compile, at most a hundred reasons.
 * @throws Breakdown
 */
export function faultsIn(script: string): ScriptFault[] {
  const known = faultsByScript.get(script);
  if (known) return known;
  const bytes = Buffer.from(script);
  const faults = diagnose(script, MOST_FAULTS).map((diagnosis) => faultOf(diagnosis, bytes));
  const [oldest] = faultsByScript.keys();
  if (oldest !== undefined && faultsByScript.size >= REMEMBERED_SCRIPTS) faultsByScript.delete(oldest);
  faultsByScript.set(script, faults);
  return faults;
}
