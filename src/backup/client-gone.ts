import type { Response } from 'express';
import { invalidArgument } from '../problems.js';

/** Ends what is done for a client that does not wait for the answer any more. */
export function clientGone(response: Response): AbortSignal {
  const gone = new AbortController();
  const end = () => gone.abort(invalidArgument('invalid argument: the client closed the connection'));
  if (response.destroyed) end();
  else response.once('close', end);
  return gone.signal;
}
