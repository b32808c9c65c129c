import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { residentBytes } from '../support/backup-client.js';
import { fillLogs } from '../support/fill-logs.js';
import { hasProgram } from '../support/programs.js';
import { TestServer } from '../support/test-server.js';

const MEBIBYTES = Number(process.env.FLOWG_TEST_LOGS_MB ?? 48);
const MOST_GROWTH_MEBIBYTES = 64;

/** Watches the resident memory of a process while something is done. @returns the growth in MiB. */
async function growthDuring(pid: number, task: () => Promise<unknown>): Promise<number> {
  const before = await residentBytes(pid);
  let peak = before;
  const watch = setInterval(
    () => void residentBytes(pid).then((bytes) => (peak = Math.max(peak, bytes))),
    20,
  );
  try {
    await task();
  } finally {
    clearInterval(watch);
  }
  return (peak - before) / 1024 / 1024;
}

async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

describe.skipIf(!hasProgram('curl'))(`backup and restore of ${MEBIBYTES} MiB of logs`, () => {
  it(
    `take less than ${MOST_GROWTH_MEBIBYTES} MiB of memory, whatever the size`,
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'flowg-memory-'));
      const file = join(folder, 'logs.db');
      let server = await TestServer.start({ dataDir: join(folder, 'data') });
      await server.stop();
      await fillLogs(server.dataDir, MEBIBYTES);
      server = await server.restarted();
      const token = await server.login();
      const curl = async (...options: string[]) => {
        const authorization = ['-H', `Authorization: Bearer jwt:${token}`];
        return (await promisify(execFile)('curl', ['-s', '--fail-with-body', ...authorization, ...options]))
          .stdout;
      };
      // Once with something small, so that what is loaded only once does not count.
      await curl(`${server.url}/api/v1/backup/config`, '-o', join(folder, 'config.db'));
      await curl(`${server.url}/api/v1/restore/config`, '--form', `backup=@${join(folder, 'config.db')}`);

      const ofBackup = await growthDuring(server.pid, () =>
        curl(`${server.url}/api/v1/backup/logs`, '-o', file),
      );
      const { size } = await stat(file);
      expect(size).toBeGreaterThan(MEBIBYTES * 1024 * 1024 * 0.9);
      const { backups } = JSON.parse(await curl(`${server.url}/api/v1/backups`));
      expect(backups[0].sha256).toBe(await sha256OfFile(file));
      const ofRestore = await growthDuring(server.pid, async () => {
        const answer = JSON.parse(
          await curl(`${server.url}/api/v1/restore/logs`, '--form', `backup=@${file}`),
        );
        expect(answer).toMatchObject({ success: true, bytes: size });
      });
      console.log(
        `${(size / 1024 / 1024).toFixed(0)} MiB: memory grew by ${ofBackup.toFixed(1)} MiB in backup, ` +
          `${ofRestore.toFixed(1)} MiB in restore`,
      );
      expect(ofBackup).toBeLessThan(MOST_GROWTH_MEBIBYTES);
      expect(ofRestore).toBeLessThan(MOST_GROWTH_MEBIBYTES);
      await server.stop();
      await rm(folder, { recursive: true });
    },
    Math.max(120_000, MEBIBYTES * 1000),
  );
});
