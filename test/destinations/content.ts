import { createHash, randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Destination } from '#src/backup/destinations/destination.js';

export const MEBIBYTE = 1024 * 1024;

/** A signal that nobody aborts, however many listen to it. */
export const calm = new AbortController().signal;
setMaxListeners(0, calm);

export function write(destination: Destination, name: string, content: Buffer | string): Promise<void> {
  return destination.write(name, Readable.from([Buffer.from(content)]), calm);
}

export async function read(destination: Destination, name: string): Promise<Buffer> {
  return buffer(await destination.read(name, calm));
}

export async function names(destination: Destination, prefix = ''): Promise<string[]> {
  return (await destination.list(prefix, calm)).map(({ name }) => name).toSorted();
}

/** So many random bytes that nobody keeps, and their SHA-256 when they have passed. */
export function randomContent(bytes: number): { stream: Readable; sha256: () => string } {
  const hash = createHash('sha256');
  const stream = Readable.from(
    (function* () {
      for (let left = bytes; left > 0; left -= MEBIBYTE) {
        const chunk = randomBytes(Math.min(left, MEBIBYTE));
        hash.update(chunk);
        yield chunk;
      }
    })(),
  );
  return { stream, sha256: () => hash.digest('hex') };
}

export async function sha256Of(content: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of content) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** So many mebibytes, and then what the test wants. */
export function contentThat(mebibytes: number, then: () => void | Promise<void>): Readable {
  return Readable.from(
    (async function* () {
      for (let count = 0; count < mebibytes; count++) yield Buffer.alloc(MEBIBYTE, count);
      await then();
    })(),
  );
}

/** Never comes to its end by itself. */
export function forever(): Promise<void> {
  return new Promise(() => undefined);
}
