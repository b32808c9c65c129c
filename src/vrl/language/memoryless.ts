/**
 * What a script may consist of, one after the other: strings and comments first, so that nothing in them counts. A name
 * is none of it unless it is a function's, a parameter's or part of a path: so there are no variables, and no `return`.
 * Nor is `%`, which metadata begin with.
 */
const TOKENS = new RegExp(
  [
    /\s+/,
    /#[^\n]*/,
    /"(?:[^"\\]|\\.)*"/,
    /[rst]'(?:[^'\\]|\\[^'\\])*'/,
    /(?:if|else|true|false|null|abort)\b/,
    /[a-z]\w*!?\(/,
    /[a-z_]\w*:/,
    /\.[\w@]*/,
    /\d[\d_]*(?:\.\d+)?\b/,
    /[-+*/=!<>&|?,;:(){}[\]]/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'sy',
);

/**
 * Whether nothing that a script does for one record can be seen by it when it runs for the next one in the same
 * execution: variables and metadata would still be there. Says no rather than yes where it does not understand.
 */
export function isMemoryless(script: string): boolean {
  TOKENS.lastIndex = 0;
  // Begins anew where the script does not match, at its end or before.
  while (TOKENS.lastIndex < script.length) if (!TOKENS.test(script)) return false;
  return true;
}
