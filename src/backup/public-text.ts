import { DestinationError } from './destinations/destination.js';
import { Problem } from '../problems.js';

/** What may be told of an error to whoever may see the backup. */
export function publicText(error: unknown): string {
  const isPublic = error instanceof Problem || error instanceof DestinationError;
  return isPublic ? error.message : 'internal error';
}
