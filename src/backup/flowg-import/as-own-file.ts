import { rm } from 'node:fs/promises';
import type { PortableFile, RestorableName } from '../../database/database.js';
import { firstBytes } from '../../database/portable-file/first-bytes.js';
import type { SqliteDatabase } from '../../database/sqlite/sqlite-database.js';
import type { ImportReport } from './import-report.js';
import { recogniseFlowg } from './recognise.js';
import { runConversion } from './run-conversion.js';

const FIRST_BYTES = 100;

/** A step of a conversion may take this long, and this much longer for every byte of the file: sorting is one step. */
const LEAST_IDLE_SECONDS = 60;
const BYTES_PER_SECOND = 10 * 1024 * 1024;

export interface OwnFile {
  file: PortableFile;
  /** Only of a file that was FlowG's. */
  imported?: ImportReport;
}

export interface OwnFileOptions {
  diskReserveBytes: number;
  /** Ends the conversion: nobody waits for it any more. */
  signal?: AbortSignal;
}

/**
 * Makes a portable file of a backup of FlowG's; any other file is given back as it is. The new file is as little trusted as
 * any upload: `stage()` has to check it. Nothing else is changed, and a file that was converted is gone.
 * @param database whose folder the file lies in, and which it is for.
 * @throws FileRefusal, or Problem INSUFFICIENT_STORAGE; the upload, and all that was made of it, is gone then.
 */
export async function asOwnFile(
  upload: PortableFile,
  database: SqliteDatabase,
  { diskReserveBytes, signal }: OwnFileOptions,
): Promise<OwnFile> {
  const form = recogniseFlowg(await firstBytes(upload.path, FIRST_BYTES));
  if (!form) return { file: upload };
  const sorterPath = database.incomingPath();
  const outputPath = database.incomingPath();
  try {
    const name = database.name as RestorableName;
    const task = { form, database: name, sourcePath: upload.path, sorterPath, outputPath, diskReserveBytes };
    const idleSeconds = LEAST_IDLE_SECONDS + upload.bytes / BYTES_PER_SECOND;
    const { file, report } = await runConversion(task, { signal, idleSeconds });
    return { file, imported: report };
  } catch (error) {
    await rm(outputPath, { force: true });
    throw error;
  } finally {
    for (const path of [upload.path, sorterPath]) await rm(path, { force: true });
  }
}
