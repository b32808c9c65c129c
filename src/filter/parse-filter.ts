import { FilterError } from './filter-error.js';
import { FILTER_LIMITS } from './filter-limits.js';
import type { Filter } from './filter.js';
import { parse, SyntaxError as NotInGrammar } from './generated/filter-parser.js';
import { excerpt, quoted } from './string-escapes.js';

/**
 * Reads a filter: `level = "error" and not (app in ["a", "b"])`. The language is described in README.md.
 * @throws FilterError when the text is not a filter, or more than FILTER_LIMITS allow.
 */
export function parseFilter(text: string): Filter {
  // A character has a byte at least, so that the bytes of a text that is far too long are not counted.
  if (text.length > FILTER_LIMITS.bytes || Buffer.byteLength(text) > FILTER_LIMITS.bytes)
    throw new FilterError(text, 0, `a filter has at most ${FILTER_LIMITS.bytes} bytes`);
  const half = text.search(/\p{Surrogate}/u);
  if (half !== -1) throw new FilterError(text, half, 'half a surrogate pair is not a character');
  try {
    return parse(text, {}) as Filter;
  } catch (error) {
    throw error instanceof NotInGrammar ? explained(text, error as unknown as GrammarError) : error;
  }
}

/** What the generated parser throws; `expected` is null when the grammar itself said what is wrong. */
interface GrammarError {
  message: string;
  expected: { type: string; text?: string; description?: string }[] | null;
  location: { start: { offset: number } };
}

function explained(text: string, { message, expected, location }: GrammarError): FilterError {
  const { offset } = location.start;
  if (!expected) return new FilterError(text, offset, message);
  const possible = new Set(
    expected.map(({ type, text: literal, description }) => {
      if (type === 'end') return 'the end of the filter';
      return description ?? `"${literal}"`;
    }),
  );
  return new FilterError(text, offset, `expected ${listed([...possible])} but found ${found(text, offset)}`);
}

function listed(words: string[]): string {
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** The word or character at a place, or that there is none. */
function found(text: string, offset: number): string {
  if (offset === text.length) return 'the end of the filter';
  const word = /^\w+/.exec(text.slice(offset, offset + 30));
  return quoted(word ? word[0] : excerpt(text.slice(offset, offset + 2), 1));
}
