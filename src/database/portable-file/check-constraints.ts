/** What may stand between two words of SQL and hold a parenthesis or a `CHECK` that means nothing. */
const TOKENS = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\/|\bCHECK\b|[()]/gi;

/** The expressions of all CHECK constraints in a `CREATE TABLE`, each with its parentheses. */
export function checkConstraints(sql: string): string[] {
  const expressions: string[] = [];
  let depth = 0;
  let awaited = false;
  let begun: { at: number; depth: number } | undefined;
  for (const { 0: token, index } of sql.matchAll(TOKENS)) {
    if (/^check$/i.test(token)) awaited = true;
    if (token === '(') {
      if (awaited) begun = { at: index, depth };
      awaited = false;
      depth++;
    }
    if (token === ')' && --depth === begun?.depth) {
      expressions.push(sql.slice(begun.at, index + 1));
      begun = undefined;
    }
  }
  return expressions;
}
