import { Readable } from 'node:stream';
import { sha256For } from '../digest/sha256.js';
import { type ArchiveMember, checksumsText, END_BYTES, SUMS_MEMBER } from './archive-members.js';
import { encodeTarHeader, paddingBytes } from './tar-header.js';

/**
 * The archive as a stream of `archiveBytes(members)` bytes, read only as fast as it is taken. It fails when a member has
 * more or fewer bytes than it promised.
 * @param instant becomes the time stamp of the members.
 */
export function writeArchive(members: ArchiveMember[], instant: Date): Readable {
  return Readable.from(archive(members, instant), { objectMode: false });
}

async function* archive(members: ArchiveMember[], instant: Date): AsyncGenerator<Buffer> {
  const sums: { name: string; sha256: string }[] = [];
  for (const member of members) {
    const hash = sha256For(member.bytes);
    try {
      yield encodeTarHeader(member, instant);
      for await (const chunk of exactly(member)) {
        await hash.update(chunk);
        yield chunk;
      }
      yield Buffer.alloc(paddingBytes(member.bytes));
      sums.push({ name: member.name, sha256: await hash.digest() });
    } finally {
      await hash.giveUp();
    }
  }
  const text = Buffer.from(checksumsText(sums));
  yield encodeTarHeader({ name: SUMS_MEMBER, bytes: text.length }, instant);
  yield text;
  yield Buffer.alloc(paddingBytes(text.length) + END_BYTES);
}

async function* exactly({ name, bytes, stream }: ArchiveMember): AsyncGenerator<Buffer> {
  let passed = 0;
  for await (const chunk of stream() as AsyncIterable<Buffer>) {
    passed += chunk.length;
    if (passed > bytes) throw wrongLength(name, bytes, `${passed} or more`);
    yield chunk;
  }
  if (passed < bytes) throw wrongLength(name, bytes, String(passed));
}

function wrongLength(name: string, promised: number, actual: string): Error {
  return new Error(`${name} of an archive was to have ${promised} bytes and has ${actual}`);
}
