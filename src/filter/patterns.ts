import { RE2JS, RE2JSException, RE2JSSyntaxException } from 're2js';
import { FILTER_LIMITS } from './filter-limits.js';
import { excerpt, quoted } from './string-escapes.js';

/**
 * Regular expressions are those of RE2, as in the reference: matching takes time linear to the text, whatever the
 * pattern.
 * @throws RE2JSException for a pattern that is none.
 */
export function compilePattern(pattern: string): RE2JS {
  return RE2JS.compile(pattern);
}

/** Says what is wrong with a pattern, or undefined. Counts the patterns of one filter: each filter needs its own. */
export function patternCheck(): (pattern: string) => string | undefined {
  let instructionsLeft = FILTER_LIMITS.patternInstructions;
  return (pattern) => {
    if (pattern.length > FILTER_LIMITS.patternLength)
      return `a regular expression has at most ${FILTER_LIMITS.patternLength} characters`;
    try {
      instructionsLeft -=
        sumOfCounts(pattern) > instructionsLeft ? Infinity : compilePattern(pattern).programSize();
    } catch (error) {
      if (error instanceof RE2JSException) return `this is not a regular expression: ${reason(error)}`;
      throw error;
    }
    if (instructionsLeft < 0)
      return 'the regular expressions of the filter take too many steps for each character';
    return undefined;
  };
}

/** `\x{…}`, `\p{…}` and whatever else is escaped; or a repetition, of which the last number counts. */
const ESCAPED_OR_COUNT = /\\(?:[xpP]\{[^}]*\}|.)|\{(?:\d+,)?(\d+),?\}/gsu;

/**
 * `a{900}` becomes 900 instructions at least. To unfold many of them would take half a second, only to find that they
 * are too many.
 */
function sumOfCounts(pattern: string): number {
  let sum = 0;
  for (const [, count = '0'] of pattern.matchAll(ESCAPED_OR_COUNT)) sum += Number(count);
  return sum;
}

function reason(error: RE2JSException): string {
  if (!(error instanceof RE2JSSyntaxException)) return excerpt(error.message, 100);
  const place = error.getPattern();
  return place ? `${error.getDescription()} at ${quoted(excerpt(place, 40))}` : error.getDescription();
}
