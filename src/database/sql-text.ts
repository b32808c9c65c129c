/** A text as SQL writes it. @param text without NUL characters, at which SQL would end. */
export function sqlText(text: string): string {
  return text.includes("'") ? `'${text.replaceAll("'", "''")}'` : `'${text}'`;
}
