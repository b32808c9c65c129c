import type { ScriptFault } from './script-engine.js';

/** A fault that is no place's in particular. */
export function faultOfWhole(message: string): ScriptFault {
  return { message, line: 1, column: 1, report: message };
}

/** A fault as the one line that a record fails with. */
export function faultText({ message, line, column }: ScriptFault): string {
  return `the script does not compile: line ${line}, column ${column}: ${message}`;
}
