import { dirname } from 'node:path';
import { asStorageProblem } from '../../database/disk-space.js';
import { FileRefusal } from '../../database/portable-file/file-refusal.js';
import { Problem } from '../../problems.js';
import { readConfigArchive } from './config/config-archive.js';
import { ConfigDefinitions } from './config/config-definitions.js';
import type { ConvertMessage, ConvertTask } from './convert-task.js';
import { StreamConversion } from './convert-stream.js';
import { requireSpace } from '../../database/disk-space.js';
import { GrowingFile } from './growing-file.js';
import { emptyReport, type ImportReport } from './import-report.js';
import { PortableOutput } from './portable-output.store.js';
import { SortedKeys } from './sorted-keys.store.js';

/**
 * A process of its own for files of another program: whatever is in them, the server lives on. It reads one file and makes
 * one, and ends with the server.
 */
const PROGRESS_MILLISECONDS = 1000;

async function convert(task: ConvertTask): Promise<ConvertMessage> {
  const folder = dirname(task.outputPath);
  const growth = new GrowingFile((bytes) => requireSpace(folder, bytes, task.diskReserveBytes));
  const report = emptyReport(task.form);
  const output = await PortableOutput.create(task.outputPath, task.database, growth);
  if (task.form === 'archive') await convertArchive(task, output, report);
  else await convertStream(task, output, report, growth);
  return { file: await output.finish(tellProgress), report };
}

async function convertArchive(
  { sourcePath, database }: ConvertTask,
  output: PortableOutput,
  report: ImportReport,
): Promise<void> {
  if (database !== 'config')
    throw new FileRefusal(
      'kind',
      `this is an archive, as FlowG makes of its configuration, and no backup of ${database}: ` +
        'send it to /api/v1/restore/config',
    );
  const definitions = new ConfigDefinitions(output, report);
  await readConfigArchive(sourcePath, async ({ kind, name, content }) => {
    tellProgress();
    await definitions.add(kind, name, content);
  });
  await definitions.finish();
}

async function convertStream(
  { sourcePath, sorterPath, database }: ConvertTask,
  output: PortableOutput,
  report: ImportReport,
  growth: GrowingFile,
): Promise<void> {
  const sorted = await SortedKeys.create(sorterPath, growth);
  await new StreamConversion(database, sorted, output, report, tellProgress).run(sourcePath);
  await sorted.close();
}

let toldMs = 0;

function tellProgress(): void {
  const nowMs = Date.now();
  if (nowMs - toldMs < PROGRESS_MILLISECONDS) return;
  toldMs = nowMs;
  process.send!({ progress: true } satisfies ConvertMessage);
}

function endOf(error: unknown): ConvertMessage {
  if (error instanceof FileRefusal) return { refused: { check: error.check, reason: error.message } };
  const storage = asStorageProblem(error);
  if (storage instanceof Problem) return { diskFull: storage.message };
  return { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

process.once('disconnect', () => process.exit(1));
process.once('message', (task: ConvertTask) => {
  void convert(task)
    .catch(endOf)
    .then((message) => process.send!(message, () => process.exit(0)));
});
