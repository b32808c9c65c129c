import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { Problem } from '../../problems.js';
import type { Requester } from '../requester.js';
import { mayBackUpSomething } from '../run-permissions.js';
import type { Destination } from './destination.js';
import { destinationProblem } from './destination-problem.js';
import { Destinations, noDestination } from './destinations.service.js';

/** What those who may back up something ask about destinations: which are there, and are they ready? */
@Injectable()
export class DestinationChecks implements BeforeApplicationShutdown {
  private readonly log = new Logger('Destinations');
  private readonly stop = new AbortController();
  /** Whoever asks for a check that is running gets its outcome: nobody keeps a destination busy by asking. */
  private readonly running = new Map<string, Promise<void>>();

  constructor(private readonly destinations: Destinations) {}

  /** None for somebody who may back up no database at all. */
  list(caller: Caller): Destination[] {
    return mayBackUpSomething(caller) ? this.destinations.all() : [];
  }

  /** @throws Problem NOT_FOUND when there is none, or none that the caller may see; BAD_GATEWAY with what is wrong. */
  async check(name: string, { caller, address }: Requester): Promise<void> {
    if (!mayBackUpSomething(caller)) throw noDestination(name);
    const destination = this.destinations.get(name);
    const check =
      this.running.get(name) ?? destination.check(this.stop.signal).finally(() => this.running.delete(name));
    this.running.set(name, check);
    const outcome = await check.then(
      () => undefined,
      (error: unknown) => error,
    );
    const told = outcome === undefined ? 'ready' : (outcome as Error).message;
    this.log.log(
      `check of ${JSON.stringify(name)} by ${JSON.stringify(caller.user)} from ${address}: ${told}`,
    );
    if (outcome !== undefined) throw destinationProblem(outcome);
  }

  beforeApplicationShutdown(): void {
    this.stop.abort(new Problem('UNAVAILABLE', 'the server is stopping'));
  }
}
