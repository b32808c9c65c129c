import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DatabaseDefinition } from '../database-definition.js';
import type { Manifest, PortableFile, RowCounts } from '../database.js';
import type { CheckAnswer, CheckTask } from './check-task.js';
import type { ExpectedSchema } from './schema-listing.js';
import { HEADER_BYTES, makeSelfContained, readHeader, requireSize } from './file-header.js';
import { FileRefusal } from './file-refusal.js';
import { firstBytes } from './first-bytes.js';

const CHECK_PROCESS = fileURLToPath(new URL('./check-process.js', import.meta.url));

/** A check may take this long, and this much longer for every byte: a hundredth of what was measured (1 GB/s). */
const LEAST_SECONDS = 60;
const BYTES_PER_SECOND = 10 * 1024 * 1024;

export interface CheckedFile {
  manifest: Manifest;
  rows: RowCounts;
}

/**
 * Runs every check on a file that arrived, cheapest first. The file is the server's own copy of what was sent.
 * @throws FileRefusal with the first check that failed; an error with SQLite's code when the file could not be read.
 */
export async function checkFile(
  file: PortableFile,
  definition: DatabaseDefinition,
  schemas: ExpectedSchema[],
): Promise<CheckedFile> {
  const header = readHeader(await firstBytes(file.path, HEADER_BYTES), {
    database: definition.name,
    newestVersion: schemas.length,
  });
  requireSize(header, file.bytes);
  await makeSelfContained(file.path);
  const counts = Object.entries(definition.rowCounts).map(([label, { exact }]) => [label, exact] as const);
  const answer = await runCheckProcess(
    {
      path: file.path,
      database: definition.name,
      schemaVersion: header.schemaVersion,
      expected: schemas[header.schemaVersion - 1]!,
      counts: Object.fromEntries(counts),
    },
    LEAST_SECONDS + file.bytes / BYTES_PER_SECOND,
  );
  if ('refused' in answer) throw new FileRefusal(answer.refused.check, answer.refused.reason);
  if ('failed' in answer) throw Object.assign(new Error(answer.failed.reason), { code: answer.failed.code });
  return answer;
}

function runCheckProcess(task: CheckTask, seconds: number): Promise<CheckAnswer> {
  return new Promise((resolve, reject) => {
    // Nothing of the server's environment (secrets among it) goes to a process that reads a stranger's file.
    const child = fork(CHECK_PROCESS, { env: {}, execArgv: ['--max-old-space-size=128'], stdio: 'ignore' });
    let answer: CheckAnswer | undefined;
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, seconds * 1000);
    child.once('message', (message) => (answer = message as CheckAnswer));
    // Not `once`: a process that cannot be started fails again when it is sent its task, and an error that nobody
    // listens to ends the server.
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('exit', () => {
      clearTimeout(timer);
      if (answer) return resolve(answer);
      const reason = late
        ? `checking the file took longer than ${Math.round(seconds)} seconds`
        : 'the file is damaged so badly that the check of it broke down';
      reject(new FileRefusal('structure', reason));
    });
    child.send(task);
  });
}
