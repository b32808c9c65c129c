import { readFile } from 'node:fs/promises';
import { EXIT, Failure, fileTrouble } from '../failure.js';

const FORMS: [form: RegExp, prefix: string][] = [
  [/^pat_\w+$/, 'pat:'],
  [/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/, 'jwt:'],
  [/^(?:pat|jwt):[\w.-]+$/, ''],
];

/**
 * The header that a token goes into. It comes from a file or the environment and never from an argument, which everybody
 * on the machine could read in the list of processes.
 */
export async function authorization(file: string | undefined, variable: string | undefined): Promise<string> {
  const token = (file === undefined ? variable : await contentOf(file))?.trim();
  if (!token) {
    throw new Failure(
      EXIT.usage,
      file === undefined
        ? 'there is no token: put one into the variable FLOWG_TOKEN, or into a file for --token-file'
        : `${file}: the file has no token in it`,
    );
  }
  const found = FORMS.find(([form]) => form.test(token));
  if (!found) {
    throw new Failure(
      EXIT.usage,
      'the token is neither a Personal Access Token (pat_…) nor a JSON Web Token, as the server gives them',
    );
  }
  return `Bearer ${found[1]}${token}`;
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw fileTrouble(file, error);
  }
}
