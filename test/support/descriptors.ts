import { readdir } from 'node:fs/promises';

/** Number of descriptors that a process has open. */
export async function openDescriptors(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}
