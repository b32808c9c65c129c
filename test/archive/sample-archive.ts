import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type ArchiveManifest, archiveManifest } from '#src/backup/archive/archive-manifest.js';
import { archiveMembers } from '#src/backup/archive/archive-members.js';
import { readArchive } from '#src/backup/archive/read-archive.js';
import { writeArchive } from '#src/backup/archive/write-archive.js';
import type { RestorableName } from '#src/database/database.js';

export const INSTANT = '2026-01-31T09:30:00.004Z';

export type Contents = Record<RestorableName, Buffer>;

/** Stand-ins for databases: an archive does not look into them. */
export function sampleContents(auth = 3000, config = 512, logs = 200_000): Contents {
  return { auth: randomBytes(auth), config: randomBytes(config), logs: randomBytes(logs) };
}

export function manifestOf(contents: Record<RestorableName, { length: number }>): ArchiveManifest {
  const describe = (name: RestorableName) => ({
    size: contents[name].length,
    manifest: {
      database: name,
      schemaVersion: 1,
      instant: INSTANT,
      serverVersion: '0.1.0',
      engine: 'sqlite',
      rows: { things: 3 },
    },
  });
  return archiveManifest(INSTANT, {
    auth: describe('auth'),
    config: describe('config'),
    logs: describe('logs'),
  });
}

export function membersOf(contents: Contents) {
  return archiveMembers(manifestOf(contents), {
    auth: () => Readable.from([contents.auth]),
    config: () => Readable.from([contents.config]),
    logs: () => Readable.from([contents.logs]),
  });
}

export function packed(contents: Contents): Promise<Buffer> {
  return buffer(writeArchive(membersOf(contents), new Date(INSTANT)));
}

/** Reads an archive that comes in pieces of `pieceBytes`. @returns what the sink got. */
export async function unpacked(archive: Buffer, pieceBytes = 1000): Promise<Partial<Contents>> {
  const got: Partial<Contents> = {};
  await readArchive(Readable.from(piecesOf(archive, pieceBytes)), {
    begin: async () => undefined,
    async database(name, _bytes, stream) {
      got[name] = await buffer(stream);
      return { sha256: createHash('sha256').update(got[name]).digest('hex') };
    },
  });
  return got;
}

function* piecesOf(bytes: Buffer, pieceBytes: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

/** `accepted`, or why not. */
export async function refusalOf(archive: Buffer, pieceBytes?: number): Promise<string> {
  return unpacked(archive, pieceBytes).then(
    () => 'accepted',
    (error) => `${error.check ?? 'not a refusal'}: ${error.message}`,
  );
}
