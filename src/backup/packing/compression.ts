import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { invalidArgument } from '../../problems.js';
import type { Compression } from '../stored-copy.js';

/** Databases shrink to a sixth by it; a higher level takes two thirds more time for a fifth less. */
const GZIP_LEVEL = 1;
/** What zlib works on at a time, and holds for each stream. */
const CHUNK_BYTES = 64 * 1024;

export const COMPRESSION_SUFFIXES: Record<Compression, string> = { none: '', gzip: '.gz', zstd: '.zst' };

/** Newer versions of Node have it. */
interface Zstd {
  createZstdCompress?(options: { chunkSize: number }): Transform;
  createZstdDecompress?(options: { chunkSize: number }): Transform;
}

/** @returns undefined for what is left as it is. @throws Problem INVALID_ARGUMENT for what this Node cannot do. */
export function compressor(compression: Compression): Transform | undefined {
  if (compression === 'none') return undefined;
  if (compression === 'gzip') return zlib.createGzip({ level: GZIP_LEVEL, chunkSize: CHUNK_BYTES });
  return zstd('createZstdCompress');
}

/** The other way. @throws the same. */
export function decompressor(compression: Compression): Transform | undefined {
  if (compression === 'none') return undefined;
  if (compression === 'gzip') return zlib.createGunzip({ chunkSize: CHUNK_BYTES });
  return zstd('createZstdDecompress');
}

/** @throws Problem INVALID_ARGUMENT for what this Node cannot do. */
export function requireCompression(compression: Compression): void {
  if (compression !== 'zstd' || 'createZstdCompress' in zlib) return;
  const text = 'zstd needs Node 22.15 or later under the server: use gzip, or none';
  throw invalidArgument(`invalid argument: compression: ${text}`, { 'body:compression': [text] });
}

function zstd(make: keyof Zstd): Transform {
  requireCompression('zstd');
  return (zlib as Zstd)[make]!({ chunkSize: CHUNK_BYTES });
}
