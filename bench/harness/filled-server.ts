import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type EntryKind, fillLogs } from '../../test/support/fill-logs.js';
import { TestServer } from '../../test/support/test-server.js';
import { type BenchServer, startBenchServer } from './bench-server.js';
import type { BenchContext } from './benchmark.js';
import { settledDisk } from './settled-disk.js';

/** As `startBenchServer`, with so many mebibytes of entries in the logs database. Stopped, and gone, at the end. */
export async function startFilledServer(
  { workspace, say, onEnd }: BenchContext,
  mebibytes: number,
  kind: EntryKind,
): Promise<BenchServer> {
  const dataDir = join(workspace, `data-${mebibytes}`);
  await mkdir(dataDir);
  onEnd(() => rm(dataDir, { recursive: true, force: true }));
  const empty = await TestServer.start({ dataDir });
  await empty.stop();
  say(`filling ${mebibytes} MiB of logs`);
  await fillLogs(dataDir, mebibytes, kind);
  await settledDisk();
  const started = await startBenchServer({ dataDir });
  onEnd(() => started.server.stop());
  return started;
}
