import { readFile } from 'node:fs/promises';

/** What Linux counts such times in. */
const TICKS_PER_SECOND = 100;

/** What a task took of a processor, in seconds of one core, in a process with all its threads. Needs `/proc`. */
export async function withProcessorTime<Result>(
  pid: number,
  task: () => Promise<Result>,
): Promise<{ result: Result; processorSeconds: number }> {
  const before = await processorSeconds(pid);
  const result = await task();
  return { result, processorSeconds: (await processorSeconds(pid)) - before };
}

async function processorSeconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name of the program, in parentheses, may have spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
