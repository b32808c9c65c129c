import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { hasProgram } from '../../test/support/programs.js';
import { Unavailable } from './benchmark.js';
import { settledDisk } from './settled-disk.js';

export interface Fetched {
  /** Milliseconds until the first byte of the answer. */
  firstByteMs: number;
  /** Mebibytes per second, from the beginning of the request to the last byte. */
  mebibytesPerSecond: number;
}

/**
 * Downloads with curl, which hardly costs anything.
 * @param target where the bytes go, to the disk; nowhere when it is left out.
 * @throws Unavailable where there is no curl, Error for an answer that is not 200.
 */
export async function fetchWithCurl(url: string, pat: string, target = '/dev/null'): Promise<Fetched> {
  if (!hasProgram('curl')) throw new Unavailable('it needs the program curl');
  const format = '%{time_starttransfer} %{time_total} %{size_download}';
  const options = ['--silent', '--fail', '--output', target, '--write-out', format];
  const authorization = ['--header', `Authorization: Bearer pat:${pat}`];
  const { stdout } = await promisify(execFile)('curl', [...options, ...authorization, url]);
  if (target !== '/dev/null') await settledDisk();
  const [firstByte, total, bytes] = stdout.split(' ').map(Number) as [number, number, number];
  return { firstByteMs: firstByte * 1000, mebibytesPerSecond: bytes / total / 1024 / 1024 };
}
