import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from './figures.js';
import { HttpClient, type Sent } from './http-client.js';
import { lengthOf, type SlowSpells, type Span } from './slow-spells.js';
import { monotonicMs } from './timing.js';

/** More than are ever under way at once, unless the server pauses for long: then they wait, and that is counted too. */
const CONNECTIONS = 32;
/** Sent at the same rate before what counts: what a client needs to begin, connections and compiled code, is no pause of a server. */
const LEAD_SECONDS = 1;

/**
 * Sends a request whenever one is due, whether the ones before are answered or not, as many senders that know nothing of
 * each other do: what a pause keeps waiting is counted in full. Connections are there before the first is due.
 * @param rate requests per second, evenly spread.
 * @returns for each, from when it was due until its answer was read. @throws Error when one is not answered with 200.
 */
export async function steadyLoad(request: Sent, rate: number, seconds: number): Promise<Span[]> {
  const client = new HttpClient(request.url, CONNECTIONS);
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, () => client.send(request)));
    const begun = monotonicMs() + LEAD_SECONDS * 1000;
    const dueAt = (place: number) => begun + (place * 1000) / rate;
    const waits: Promise<Span>[] = [];
    const post = async (due: number) => {
      await client.send(request);
      return { from: due, to: monotonicMs() };
    };
    const lead = rate * LEAD_SECONDS;
    while (waits.length < lead + rate * seconds) {
      if (dueAt(waits.length - lead) > monotonicMs()) await sleep(1);
      else waits.push(post(dueAt(waits.length - lead)));
    }
    return (await Promise.all(waits)).slice(lead);
  } finally {
    await client.close();
  }
}

/** Milliseconds in which all but the slowest in a hundred were answered. */
export function slowestInHundred(waits: Span[]): number {
  return percentile(waits.map(lengthOf), 0.99);
}

/** The same of those only which no slow spell of the machine met: what is left is the server's. */
export function slowestUnspelled(waits: Span[], spells: SlowSpells): number {
  return slowestInHundred(waits.filter((wait) => spells.spares(wait)));
}
