import { open } from 'node:fs/promises';
import { DATABASE_NAMES, type DatabaseName, RESTORABLE_NAMES, type RestorableName } from '../database.js';
import { applicationIdOf } from '../database-definition.js';
import { FileRefusal } from './file-refusal.js';

/** Bytes needed to judge a file. Layout: https://sqlite.org/fileformat2.html, section 1.3. */
export const HEADER_BYTES = 100;

/** Offset and length of the two "file format version" bytes: 1 = rollback journal, 2 = write-ahead log. */
const FORMAT_VERSION_OFFSET = 18;

const IS_FOREIGN = 'this is an SQLite database, but not a backup made by this server';
const IS_CATALOGUE = 'this is the catalogue of backups and restores, which is not restored';

export interface FileHeader {
  /** Bytes the whole file must have. */
  expectedBytes: number;
  /** Number of migrations the file has seen. */
  schemaVersion: number;
}

/**
 * Judges a file by its first 100 bytes, so that a wrong one is refused before the rest of it is received.
 * @throws FileRefusal
 */
export function readHeader(
  header: Buffer,
  wanted: { database: DatabaseName; newestVersion: number },
): FileHeader {
  const pageSize = requireSoundHeader(header);
  const applicationId = applicationIdIn(header);
  if (applicationId !== applicationIdOf(wanted.database)) {
    throw new FileRefusal('kind', wrongKind(applicationId, wanted.database));
  }
  const schemaVersion = header.readUInt32BE(60);
  if (schemaVersion < 1) throw new FileRefusal('version', 'the file has no schema version');
  if (schemaVersion > wanted.newestVersion) {
    throw new FileRefusal(
      'version',
      `the backup has schema version ${schemaVersion}, this server knows versions up to ${wanted.newestVersion}: ` +
        'restore it on the newer server that made it, or update this one',
    );
  }
  return { expectedBytes: pageSize * header.readUInt32BE(28), schemaVersion };
}

/** Which database these first bytes are a backup of. @throws FileRefusal when of none that is restored. */
export function restorableOf(header: Buffer): RestorableName {
  requireSoundHeader(header);
  const applicationId = applicationIdIn(header);
  const name = RESTORABLE_NAMES.find((restorable) => applicationIdOf(restorable) === applicationId);
  if (name) return name;
  const catalogue = applicationId === applicationIdOf('backup');
  throw new FileRefusal('kind', catalogue ? IS_CATALOGUE : IS_FOREIGN);
}

/** @returns bytes of a page. @throws FileRefusal unless these are the first bytes of an SQLite database as we write them. */
function requireSoundHeader(header: Buffer): number {
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, 16) !== 'SQLite format 3\0') {
    throw new FileRefusal('header', 'this is not a backup: it does not begin as an SQLite database does');
  }
  const pageSize = header.readUInt16BE(16) === 1 ? 65536 : header.readUInt16BE(16);
  const sound =
    pageSize >= 512 &&
    (pageSize & (pageSize - 1)) === 0 &&
    [1, 2].includes(header[18]!) &&
    [1, 2].includes(header[19]!) &&
    header[20] === 0 &&
    header.readUInt32BE(28) > 0 &&
    // A cache size that every connection would take over: the whole file in memory, many times.
    header.readUInt32BE(48) === 0 &&
    header.readUInt32BE(56) === 1;
  if (!sound) {
    throw new FileRefusal('header', 'the header of the file is damaged, or is of a kind that no backup has');
  }
  return pageSize;
}

function applicationIdIn(header: Buffer): number {
  return header.readUInt32BE(68);
}

/** @throws FileRefusal unless the file has exactly the pages its header promises. */
export function requireSize(header: FileHeader, bytes: number): void {
  if (bytes === header.expectedBytes) return;
  const what =
    bytes < header.expectedBytes ? 'cut short' : 'followed by something that does not belong to it';
  throw new FileRefusal(
    'size',
    `the backup is ${what}: its header promises ${header.expectedBytes} bytes, ${bytes} were received`,
  );
}

/** Makes the first bytes of a live file those of a self-contained file that needs no write-ahead log. */
export function markSelfContained(firstBytes: Buffer): void {
  firstBytes[FORMAT_VERSION_OFFSET] = 1;
  firstBytes[FORMAT_VERSION_OFFSET + 1] = 1;
}

/**
 * The same for a file on disk: one that was copied from a stopped server still says that it has a write-ahead log.
 * Must come before anybody opens it as a database.
 */
export async function makeSelfContained(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.write(Buffer.from([1, 1]), 0, 2, FORMAT_VERSION_OFFSET);
  } finally {
    await handle.close();
  }
}

function wrongKind(applicationId: number, wanted: DatabaseName): string {
  const actual = DATABASE_NAMES.find((name) => applicationIdOf(name) === applicationId);
  if (!actual) return IS_FOREIGN;
  return `this is a backup of the ${actual} database, not of ${wanted}: send it to /api/v1/restore/${actual}`;
}
