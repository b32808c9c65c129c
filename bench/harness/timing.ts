import { median } from './figures.js';

/** Milliseconds that a task takes. */
export async function timed(task: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await task();
  return performance.now() - start;
}

/** Milliseconds that a short task takes in the median of so many runs. */
export async function medianTime(runs: number, task: () => Promise<unknown>): Promise<number> {
  const samples: number[] = [];
  for (let run = 0; run < runs; run++) samples.push(await timed(task));
  return median(samples);
}

/** Milliseconds of the clock that all processes of a machine share; its zero means nothing. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
