import type { PortableFile, RestorableName } from '../../database/database.js';
import type { FileCheck } from '../../database/portable-file/file-refusal.js';
import type { ImportReport } from './import-report.js';
import type { FlowgForm } from './recognise.js';

/** What the server asks of the process that converts a file. All paths are in the folder of the database. */
export interface ConvertTask {
  form: FlowgForm;
  database: RestorableName;
  /** The file that arrived. */
  sourcePath: string;
  /** Of a file that the process makes and fills for itself. */
  sorterPath: string;
  /** Of the portable file that it makes. */
  outputPath: string;
  /** Bytes that are to be left free on the disk. */
  diskReserveBytes: number;
}

/** What that process says: that it goes on, and at last how it ended. */
export type ConvertMessage =
  | { progress: true }
  | { file: PortableFile; report: ImportReport }
  | { refused: { check: FileCheck; reason: string } }
  | { diskFull: string }
  /** Not the fault of the file. */
  | { failed: string };
