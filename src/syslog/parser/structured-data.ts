const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = '\\'.charCodeAt(0);
const CLOSING_BRACKET = ']'.charCodeAt(0);

/**
 * Finds the end of RFC 5424 structured data: `-`, or elements like `[id name="value"]` without anything between them.
 * Brackets in values, escaped or not, end nothing.
 * @returns the position after it; undefined if there is no structured data, or no end of it.
 */
export function endOfStructuredData(text: string, from: number): number | undefined {
  if (text[from] === '-') return from + 1;
  let at: number | undefined = from;
  while (at !== undefined && text[at] === '[') at = endOfElement(text, at);
  return at === from ? undefined : at;
}

function endOfElement(text: string, from: number): number | undefined {
  if (!/[^ ="\]]/.test(text[from + 1] ?? '')) return undefined;
  let quoted = false;
  for (let at = from + 1; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) quoted = !quoted;
    else if (quoted && character === BACKSLASH) at++;
    else if (!quoted && character === CLOSING_BRACKET) return at + 1;
  }
  return undefined;
}
