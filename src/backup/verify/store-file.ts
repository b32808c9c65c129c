import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { PortableFile } from '../../database/database.js';

/**
 * Puts a stream into a file that only its owner may read, hashing it on the way.
 * @param look is told how many bytes there are, before they are written; what it throws ends the writing.
 */
export async function storeFile(
  stream: Readable,
  path: string,
  look?: (bytes: number) => void,
): Promise<PortableFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      look?.(bytes);
      hash.update(chunk);
      // Not `write`, which may stop short of the end on a full disk without an error.
      await file.appendFile(chunk);
    }
  } finally {
    await file.close();
  }
  return { path, bytes, sha256: hash.digest('hex') };
}
