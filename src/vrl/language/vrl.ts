import { check, type CompilationDiagnostic, execute, formatDiagnostic } from '@bpinternal/verel';
import { RecordRefusal } from './record-refusal.js';
import { refusalText } from './refusal-text.js';
import type { Json } from './scalars.js';

/** The WebAssembly program broke down: out of memory, out of stack, a bug. It is not to be used again. */
export class Breakdown extends Error {}

export interface Diagnosis {
  diagnostic: CompilationDiagnostic;
  /** The diagnostic as the compiler formats it, several lines. */
  report: string;
}

/**
 * @returns why the script does not compile, at most so many reasons.
 * @throws Breakdown
 */
export function diagnose(script: string, most: number): Diagnosis[] {
  try {
    return check(script)
      .errors.slice(0, most)
      .map((diagnostic) => ({ diagnostic, report: formatDiagnostic(diagnostic) }));
  } catch (error) {
    throw new Breakdown('the compiler broke down', { cause: error });
  }
}

export interface Execution {
  /** What `.` is at the end. */
  event: Json;
  /** The value of the last expression, or of the `return`. */
  result: Json;
}

/**
 * Compiles and runs a program.
 * @throws RecordRefusal when it fails or aborts; Breakdown
 */
export function execution(program: string, event: Json): Execution {
  try {
    return execute(program, event);
  } catch (error) {
    const reason = refusalText(error);
    if (reason === undefined) throw new Breakdown('the script broke down', { cause: error });
    throw new RecordRefusal(reason);
  }
}
