import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type Destination, DestinationError } from './destination.js';

/**
 * Writes, reads, lists and removes a small file.
 * @throws DestinationError of what did not work.
 */
export async function checkDestination(destination: Destination, signal: AbortSignal): Promise<void> {
  const name = `flowg-check-${randomUUID()}.txt`;
  const content = Buffer.from(`Written by a check of this destination; it may be removed. ${name}\n`);
  await destination.write(name, Readable.from([content]), signal);
  try {
    const found = await buffer(await destination.read(name, signal));
    const listed = await destination.list(name, signal);
    if (!found.equals(content) || listed.length !== 1 || listed[0]!.bytes !== content.length)
      throw new DestinationError(
        'misconfigured',
        `the destination "${destination.name}" does not give back what was written to it: it cannot keep backups`,
        false,
      );
  } catch (error) {
    await destination.remove(name, signal).catch(() => undefined);
    throw error;
  }
  await destination.remove(name, signal);
}
