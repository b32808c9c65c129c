import { fork } from 'node:child_process';
import { dirname } from 'node:path';
import type { PortableFile } from '../../database/database.js';
import { FileRefusal } from '../../database/portable-file/file-refusal.js';
import { ownModule } from '../../own-module.js';
import { Problem } from '../../problems.js';
import type { ConvertMessage, ConvertTask } from './convert-task.js';
import type { ImportReport } from './import-report.js';

const CONVERT_PROCESS = ownModule('#src/backup/flowg-import/convert-process.js');
/** What it holds of the file is outside of this heap, and bounded too. */
const HEAP_MEGABYTES = 256;

export interface Converted {
  file: PortableFile;
  report: ImportReport;
}

export interface ConversionOptions {
  /** Ends the conversion: nobody waits for it any more. */
  signal?: AbortSignal;
  /** Seconds without progress after which it is given up. */
  idleSeconds: number;
}

/**
 * Converts a file in a process of its own.
 * @throws FileRefusal when the file is not sound, Problem INSUFFICIENT_STORAGE when the disk is too small, the reason of the
 * signal when it was given up. What the process has written is still there then.
 */
export function runConversion(
  task: ConvertTask,
  { signal, idleSeconds }: ConversionOptions,
): Promise<Converted> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    // Nothing of the server's environment (secrets among it) goes to a process that reads a stranger's file.
    const child = fork(CONVERT_PROCESS, {
      // SQLite sorts in files that have no name: beside the others, where the free space is looked at.
      env: { SQLITE_TMPDIR: dirname(task.outputPath) },
      execArgv: [`--max-old-space-size=${HEAP_MEGABYTES}`],
      stdio: 'ignore',
    });
    let last: ConvertMessage | undefined;
    let idle = false;
    const stop = () => child.kill('SIGKILL');
    const watchdog = setTimeout(() => {
      idle = true;
      stop();
    }, idleSeconds * 1000);
    signal?.addEventListener('abort', stop);
    const end = (error: unknown, converted?: Converted) => {
      clearTimeout(watchdog);
      signal?.removeEventListener('abort', stop);
      if (converted) resolve(converted);
      else reject(error);
    };
    child.on('message', (message) => {
      last = message as ConvertMessage;
      watchdog.refresh();
    });
    // Not `once`: a process that cannot be started fails again when it is sent its task.
    child.on('error', (error) => end(error));
    child.once('exit', () => {
      if (signal?.aborted) end(signal.reason);
      else if (last && 'file' in last) end(undefined, last);
      else end(failureOf(last, idle ? idleSeconds : undefined));
    });
    child.send(task);
  });
}

function failureOf(last: ConvertMessage | undefined, idleSeconds: number | undefined): Error {
  if (last && 'refused' in last) return new FileRefusal(last.refused.check, last.refused.reason);
  if (last && 'diskFull' in last) return new Problem('INSUFFICIENT_STORAGE', last.diskFull);
  if (last && 'failed' in last) return new Error('the conversion failed', { cause: last.failed });
  return new FileRefusal(
    'structure',
    idleSeconds === undefined
      ? 'the file is damaged so badly that reading it broke down'
      : `reading the file made no progress for ${Math.round(idleSeconds)} seconds`,
  );
}
