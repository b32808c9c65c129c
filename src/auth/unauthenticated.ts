import { Problem } from '../problems.js';

/** The credential of a request, or of a login, is missing or no good. */
export function unauthenticated(text: string): Problem {
  return new Problem('UNAUTHENTICATED', `unauthenticated: ${text}`);
}
