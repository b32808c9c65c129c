import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Whatever was written to make ready is on disk afterwards: otherwise the first sync of a server has to wait for all of it. */
export async function settledDisk(): Promise<void> {
  await promisify(execFile)('sync');
}
