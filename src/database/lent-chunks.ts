/** What is read of a file at once. */
export const CHUNK_BYTES = 256 * 1024;

/** Chunks that wait to be lent again, 4 MiB: what a few downloads have under way. */
const MOST_WAITING = 16;

const waiting: Buffer[] = [];
const lent = new WeakSet<Buffer>();

/**
 * Memory for one chunk of a file, with whatever was in it before. Whoever is the last to read it gives it back. Nobody has to:
 * what is forgotten is the garbage collector's, which has to run for every few dozen of them, and keeps everybody else
 * waiting meanwhile.
 */
export function lendChunk(): Buffer {
  const chunk = waiting.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
  lent.add(chunk);
  return chunk;
}

/** From here on nobody may read it. What was not lent, or was given back before, is left alone. */
export function giveBackChunk(chunk: Buffer): void {
  if (lent.delete(chunk) && waiting.length < MOST_WAITING) waiting.push(chunk);
}
