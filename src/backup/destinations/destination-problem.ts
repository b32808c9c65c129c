import { Problem } from '../../problems.js';
import { DestinationError } from './destination.js';

/**
 * The problem that a client reads when a destination fails: the server did what it should, the place it was told to
 * use did not. Other errors stay as they are.
 */
export function destinationProblem(error: unknown): unknown {
  if (!(error instanceof DestinationError)) return error;
  return new Problem('BAD_GATEWAY', error.message, { cause: error.cause });
}
