import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface SteadyLoadOptions {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** Requests per second, evenly spread. */
  rate: number;
  seconds: number;
}

/**
 * Sends a request whenever one is due, whether the ones before are answered or not, as many senders that know nothing of
 * each other do: what a pause keeps waiting is counted in full.
 * @returns milliseconds from when each was due until its answer was read. @throws Error when one is not answered with 200.
 */
export async function steadyLoad({
  url,
  headers,
  body,
  rate,
  seconds,
}: SteadyLoadOptions): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const post = async (dueAt: number): Promise<number> => {
    await new Promise<void>((resolve, reject) => {
      const sent = request(url, { method: 'POST', agent, headers }, (response) => {
        response.resume().on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`a record was answered with ${response.statusCode}`));
        });
      });
      sent.on('error', reject).end(body);
    });
    return performance.now() - dueAt;
  };
  const begun = performance.now();
  const answers: Promise<number>[] = [];
  while (answers.length < rate * seconds) {
    for (;;) {
      const dueAt = begun + (answers.length * 1000) / rate;
      if (dueAt > performance.now() || answers.length >= rate * seconds) break;
      answers.push(post(dueAt));
    }
    await sleep(1);
  }
  const samples = await Promise.all(answers);
  agent.destroy();
  return samples;
}
