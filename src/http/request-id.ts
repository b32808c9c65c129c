import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** In answers always, in requests where a client, or a proxy in front, has an id of its own. */
export const REQUEST_ID_HEADER = 'X-Request-Id';

/** What needs no quoting in any log and is too short to fill one. */
const FIT_FOR_A_LOG = /^[\w.:-]{1,128}$/;

/** Tells one start of the server from another. A random id for each request would cost more than the rest of its head. */
const OF_THIS_START = randomBytes(6).toString('hex');
let made = 0;

/** The id by which the log knows a request: its own, also by the name that the reference has for it, or a new one. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'] ?? headers['x-correlation-id'];
  if (typeof given === 'string' && FIT_FOR_A_LOG.test(given)) return given;
  return `${OF_THIS_START}-${(++made).toString(36)}`;
}
