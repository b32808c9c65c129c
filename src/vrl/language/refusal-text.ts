const MOST_CHARACTERS = 500;

/**
 * @param error what came out of the execution of a script.
 * @returns what a client may read of it, in one line; undefined when it is nothing that a script can say.
 */
export function refusalText(error: unknown): string | undefined {
  const text = error instanceof Error ? error.message : '';
  const said = /^(?:Termination|Compilation Error);\n(.*)$/s.exec(text)?.[1];
  if (said === undefined) return undefined;
  const line = said.replace(/\s+/g, ' ').trim();
  return Array.from(line).slice(0, MOST_CHARACTERS).join('') || 'the script ended without a reason';
}
