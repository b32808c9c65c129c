import { load } from './load.js';
import type { Sent } from './http-client.js';
import type { Sizes } from './sizes.js';

const SECONDS = 4;
const CONNECTIONS = 8;

/**
 * Sends requests as fast as they are answered, so that V8 has compiled what a request takes before anything is measured:
 * at a few hundred requests a second that goes on for half a minute, and takes a core that is wanted. Not in the quick form.
 */
export async function warmUp(request: Sent, { quick }: Sizes): Promise<void> {
  if (!quick) await load({ ...request, connections: CONNECTIONS, seconds: SECONDS });
}
