import type { ScriptFault } from '../script-engine.js';
import type { Diagnosis } from './vrl.js';

/**
 * What the compiler says, for people: its message with the label of the place, and the place in lines and characters.
 * @param script in UTF-8, which the compiler counts in bytes.
 */
export function faultOf({ diagnostic, report }: Diagnosis, script: Buffer): ScriptFault {
  const label = diagnostic.labels.find(({ primary }) => primary) ?? diagnostic.labels[0];
  return {
    message: messageOf(diagnostic.message, label?.message ?? ''),
    ...placeOf(label?.span[0] ?? 0, script),
    report: report.trimEnd(),
  };
}

function messageOf(message: string, label: string): string {
  const text = label === '' || label === message ? message : `${message}: ${label}`;
  return text.replace(/\s+/g, ' ').trim();
}

function placeOf(offset: number, script: Buffer): Pick<ScriptFault, 'line' | 'column'> {
  const lines = script.subarray(0, offset).toString('utf8').split('\n');
  return { line: lines.length, column: Array.from(lines.at(-1)!).length + 1 };
}
