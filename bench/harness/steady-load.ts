import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient, type Sent } from './http-client.js';

/** More than are ever under way at once, unless the server pauses for long: then they wait, and that is counted too. */
const CONNECTIONS = 32;
/** Sent at the same rate before what counts: what a client needs to begin, connections and compiled code, is no pause of a server. */
const LEAD_SECONDS = 1;

/**
 * Sends a request whenever one is due, whether the ones before are answered or not, as many senders that know nothing of
 * each other do: what a pause keeps waiting is counted in full. Connections are there before the first is due.
 * @param rate requests per second, evenly spread.
 * @returns milliseconds from when each was due until its answer was read. @throws Error when one is not answered with 200.
 */
export async function steadyLoad(request: Sent, rate: number, seconds: number): Promise<number[]> {
  const client = new HttpClient(request.url, CONNECTIONS);
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, () => client.send(request)));
    const begun = performance.now() + LEAD_SECONDS * 1000;
    const dueAt = (place: number) => begun + (place * 1000) / rate;
    const waits: Promise<number>[] = [];
    const post = async (due: number) => {
      await client.send(request);
      return performance.now() - due;
    };
    const lead = rate * LEAD_SECONDS;
    while (waits.length < lead + rate * seconds) {
      if (dueAt(waits.length - lead) > performance.now()) await sleep(1);
      else waits.push(post(dueAt(waits.length - lead)));
    }
    return (await Promise.all(waits)).slice(lead);
  } finally {
    await client.close();
  }
}
