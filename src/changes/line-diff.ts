import { formatPatch, OMIT_HEADERS, structuredPatch, type StructuredPatch } from 'diff';
import type { ChangeLimits } from './change-limits.js';

/** Unchanged lines around a change. */
const CONTEXT_LINES = 3;
/** Lines that come and go in a diff that is searched for: the search takes as long as the square of this. */
const MOST_EDITS = 4000;
/** Milliseconds for which one search may keep the event loop. */
const MOST_MILLISECONDS = 50;

/**
 * Unified diffs of texts, hunks only: names of definitions are any text and would not be safe in the lines of a header.
 * The search for the shortest diff is quadratic in what has changed and runs on the event loop, so it has a limit, for
 * each text and for all. Where it ends without an answer, the diff takes away all old lines and brings all new ones:
 * longer, and as true.
 */
export class LineDiff {
  private millisecondsLeft: number;

  constructor(private readonly limits: Pick<ChangeLimits, 'comparedBytes' | 'diffMilliseconds'>) {
    this.millisecondsLeft = limits.diffMilliseconds;
  }

  /** @returns what `patch` makes the new text from the old one with; undefined when the texts are too large to be compared. */
  between(before: string, after: string): string | undefined {
    if (before.length + after.length > this.limits.comparedBytes) return undefined;
    return formatPatch(this.shortest(before, after) ?? wholeReplacement(before, after), OMIT_HEADERS);
  }

  private shortest(before: string, after: string): StructuredPatch | undefined {
    const timeout = Math.min(MOST_MILLISECONDS, this.millisecondsLeft);
    if (timeout <= 0) return undefined;
    const began = performance.now();
    const options = { context: CONTEXT_LINES, maxEditLength: MOST_EDITS, timeout };
    const patch = structuredPatch('', '', before, after, undefined, undefined, options);
    this.millisecondsLeft -= performance.now() - began;
    return patch;
  }
}

function wholeReplacement(before: string, after: string): StructuredPatch {
  const [old, young] = [linesOf(before), linesOf(after)];
  const hunk = {
    oldStart: 1,
    oldLines: old.length,
    newStart: 1,
    newLines: young.length,
    lines: [...marked('-', old), ...marked('+', young)],
  };
  return { oldFileName: '', newFileName: '', oldHeader: '', newHeader: '', hunks: [hunk] };
}

/** Lines with their newlines, which the last one may lack. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function marked(sign: '-' | '+', lines: string[]): string[] {
  return lines.flatMap((line) =>
    line.endsWith('\n') ? [sign + line.slice(0, -1)] : [sign + line, '\\ No newline at end of file'],
  );
}
