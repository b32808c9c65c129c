import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient, type Sent } from './http-client.js';

/** More than are ever under way at once, unless the server pauses for long: then they wait, and that is counted too. */
const CONNECTIONS = 32;

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
    const begun = performance.now();
    const answers: Promise<number>[] = [];
    const post = async (dueAt: number) => {
      await client.send(request);
      return performance.now() - dueAt;
    };
    while (answers.length < rate * seconds) {
      for (;;) {
        const dueAt = begun + (answers.length * 1000) / rate;
        if (dueAt > performance.now() || answers.length >= rate * seconds) break;
        answers.push(post(dueAt));
      }
      await sleep(1);
    }
    return await Promise.all(answers);
  } finally {
    await client.close();
  }
}
