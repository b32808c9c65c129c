import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { RESTORABLE_NAMES, type RestorableName } from '../../database/database.js';
import { FileRefusal } from '../../database/portable-file/file-refusal.js';
import { type ArchiveManifest, decodeArchiveManifest } from './archive-manifest.js';
import {
  checksumsText,
  databaseMember,
  END_BYTES,
  MANIFEST_MEMBER,
  SMALL_MEMBER_BYTES,
  SUMS_MEMBER,
} from './archive-members.js';
import { ByteReader } from './byte-reader.js';
import { decodeTarHeader, isTarHeader, isZero, paddingBytes, TAR_BLOCK_BYTES } from './tar-header.js';

/** Bytes needed to tell an archive from a single database. */
export const ARCHIVE_HEAD_BYTES = TAR_BLOCK_BYTES;

/** Tar programs fill up to this with zeros; whoever packs an archive anew with one of them may restore it. */
const MOST_ZEROS = 20 * TAR_BLOCK_BYTES;

export function isArchive(head: Buffer): boolean {
  return isTarHeader(head);
}

/** Who takes what an archive holds. What it gets counts for nothing before `readArchive` has resolved. */
export interface ArchiveSink {
  /** Before the first database: the place to find out whether all of it fits. What it throws ends the reading. */
  begin(manifest: ArchiveManifest): Promise<void>;
  /** Reads the stream to its end. @returns the SHA-256 of its bytes, lower-case hexadecimal. */
  database(name: RestorableName, bytes: number, stream: Readable): Promise<{ sha256: string }>;
}

/**
 * Takes an archive apart as it comes, in constant memory.
 * @throws FileRefusal with the check `archive` for everything that `writeArchive` would not have written: members that
 * are missing, more, in another order, of another kind or length, cut short; sums that are not right; more behind the end.
 */
export async function readArchive(input: AsyncIterable<Buffer>, sink: ArchiveSink): Promise<ArchiveManifest> {
  const reader = new ByteReader(input);
  try {
    const manifestBytes = await readSmallMember(reader, MANIFEST_MEMBER);
    const manifest = decodeArchiveManifest(manifestBytes);
    const sums = [{ name: MANIFEST_MEMBER, sha256: sha256(manifestBytes) }];
    await sink.begin(manifest);
    for (const name of RESTORABLE_NAMES) {
      const promised = manifest.databases[name].bytes;
      sums.push(await readDatabase(reader, name, promised, sink));
    }
    requireSums((await readSmallMember(reader, SUMS_MEMBER)).toString('latin1'), sums);
    await requireEnd(reader);
    return manifest;
  } finally {
    reader.close();
  }
}

async function readDatabase(reader: ByteReader, name: RestorableName, promised: number, sink: ArchiveSink) {
  const member = databaseMember(name);
  const bytes = await readHeader(reader, member);
  if (bytes !== promised) {
    throw new FileRefusal(
      'archive',
      `manifest.json promises ${promised} bytes of ${member}, the archive has ${bytes}`,
    );
  }
  const end = reader.position + bytes;
  const stream = Readable.from(whole(reader, bytes), { objectMode: false });
  const { sha256: sum } = await sink.database(name, bytes, stream);
  if (reader.position !== end) throw new Error(`${member} of an archive was not read to its end`);
  await skipPadding(reader, bytes);
  return { name: member, sha256: sum };
}

async function* whole(reader: ByteReader, bytes: number): AsyncGenerator<Buffer> {
  const end = reader.position + bytes;
  yield* reader.pass(bytes);
  if (reader.position < end) throw cutShort();
}

async function readSmallMember(reader: ByteReader, name: string): Promise<Buffer> {
  const bytes = await readHeader(reader, name);
  if (bytes > SMALL_MEMBER_BYTES) {
    throw new FileRefusal('archive', `${name} in the archive is larger than ${SMALL_MEMBER_BYTES} bytes`);
  }
  const content = await reader.take(bytes);
  if (content.length < bytes) throw cutShort();
  await skipPadding(reader, bytes);
  return content;
}

/** @returns bytes of the member. */
async function readHeader(reader: ByteReader, expected: string): Promise<number> {
  const block = await reader.take(TAR_BLOCK_BYTES);
  if (block.length < TAR_BLOCK_BYTES) throw cutShort();
  if (isZero(block)) throw new FileRefusal('archive', `the archive lacks ${expected}`);
  const { name, bytes } = decodeTarHeader(block);
  if (name === expected) return bytes;
  const order = [MANIFEST_MEMBER, ...RESTORABLE_NAMES.map(databaseMember), SUMS_MEMBER];
  throw new FileRefusal(
    'archive',
    `the archive has ${JSON.stringify(name)} where ${expected} should be: it must hold ${order.join(', ')}, ` +
      'in this order and nothing else',
  );
}

async function skipPadding(reader: ByteReader, bytes: number): Promise<void> {
  const count = paddingBytes(bytes);
  const padding = await reader.take(count);
  if (padding.length < count) throw cutShort();
  if (!isZero(padding)) throw new FileRefusal('archive', 'the archive is damaged between two of its members');
}

function requireSums(text: string, actual: { name: string; sha256: string }[]): void {
  if (text === checksumsText(actual)) return;
  const wrong = actual.find((sum) => !text.includes(checksumsText([sum])));
  throw new FileRefusal(
    'archive',
    wrong
      ? `the SHA-256 of ${wrong.name} is not the one in ${SUMS_MEMBER}: the archive was damaged or changed`
      : `${SUMS_MEMBER} in the archive lists other things than the archive holds`,
  );
}

async function requireEnd(reader: ByteReader): Promise<void> {
  const rest = await reader.take(MOST_ZEROS + 1);
  if (rest.length < END_BYTES && isZero(rest)) throw cutShort();
  if (rest.length <= MOST_ZEROS && rest.length % TAR_BLOCK_BYTES === 0 && isZero(rest)) return;
  throw new FileRefusal('archive', 'the archive is followed by something that does not belong to it');
}

function cutShort(): FileRefusal {
  return new FileRefusal('archive', 'the archive is cut short: it ends before all of it has come');
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
