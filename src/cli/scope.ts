import { open } from 'node:fs/promises';
import { ARCHIVE_HEAD_BYTES, isArchive } from '../backup/archive/read-archive.js';
import { restorableOf } from '../database/portable-file/file-header.js';
import { FileRefusal } from '../database/portable-file/file-refusal.js';
import { EXIT, Failure, fileTrouble } from './failure.js';

/** What a backup is of: one database, or all of them. */
export const SCOPES = ['auth', 'config', 'logs', 'all'];

/** By its first bytes. @throws Failure when it is no backup, or cannot be read. */
export async function scopeOfFile(path: string): Promise<string> {
  const head = await headOf(path);
  if (isArchive(head)) return 'all';
  try {
    return restorableOf(head);
  } catch (error) {
    if (error instanceof FileRefusal) throw new Failure(EXIT.refused, `${path}: ${error.message}`);
    throw error;
  }
}

async function headOf(path: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(ARCHIVE_HEAD_BYTES),
        0,
        ARCHIVE_HEAD_BYTES,
        0,
      );
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileTrouble(path, error);
  }
}
