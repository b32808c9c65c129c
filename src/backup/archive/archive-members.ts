import { Readable } from 'node:stream';
import { RESTORABLE_NAMES, type RestorableName } from '../../database/database.js';
import { type ArchiveManifest, encodeArchiveManifest } from './archive-manifest.js';
import { paddingBytes, TAR_BLOCK_BYTES, type TarMember } from './tar-header.js';

export const MANIFEST_MEMBER = 'manifest.json';
/** Last, because the sums are known only when everything before it has passed. */
export const SUMS_MEMBER = 'SHA256SUMS';
/** `manifest.json` and `SHA256SUMS` are held in memory: this much of them is read. */
export const SMALL_MEMBER_BYTES = 64 * 1024;

export const END_BYTES = 2 * TAR_BLOCK_BYTES;

export interface ArchiveMember extends TarMember {
  /** Exactly `bytes` bytes, asked for once. */
  stream(): Readable;
}

export function databaseMember(name: RestorableName): string {
  return `${name}.db`;
}

/** All members of an archive but the sums, in their order. */
export function archiveMembers(
  manifest: ArchiveManifest,
  streams: Record<RestorableName, () => Readable>,
): ArchiveMember[] {
  const bytes = encodeArchiveManifest(manifest);
  return [
    { name: MANIFEST_MEMBER, bytes: bytes.length, stream: () => Readable.from([bytes]) },
    ...RESTORABLE_NAMES.map((name) => ({
      name: databaseMember(name),
      bytes: manifest.databases[name].bytes,
      stream: streams[name],
    })),
  ];
}

/** Bytes of the whole archive of these members, its sums included: known before the first of them is read. */
export function archiveBytes(members: TarMember[]): number {
  const sums = checksumsText(members.map(({ name }) => ({ name, sha256: '0'.repeat(64) })));
  const all = [...members, { name: SUMS_MEMBER, bytes: sums.length }];
  return all.reduce((total, { bytes }) => total + TAR_BLOCK_BYTES + bytes + paddingBytes(bytes), END_BYTES);
}

/** As `sha256sum` writes it, for `sha256sum -c SHA256SUMS`. */
export function checksumsText(sums: { name: string; sha256: string }[]): string {
  return sums.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('');
}
