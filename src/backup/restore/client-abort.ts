import type { Response } from 'express';

/** Runs work that nobody needs once the client has gone away; the signal tells it then. */
export async function whileConnected<T>(
  response: Response,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const gone = new AbortController();
  const abort = () => gone.abort(new Error('the client closed the connection'));
  response.once('close', abort);
  try {
    return await work(gone.signal);
  } finally {
    response.off('close', abort);
  }
}
