import { addAbortSignal, type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Destination, DestinationError } from '../destinations/destination.js';
import { unpack } from '../packing/pack.js';
import { packingDamage } from '../packing/packing-damage.js';
import type { Packed } from '../packing/packing.js';
import { Measure, through } from '../packing/streams.js';
import { StoredFault } from './stored-fault.js';
import type { StoredRun } from './stored-run.js';

interface Measured {
  bytes: number;
  sha256: string;
}

/** A stored copy on its way back. */
export interface StoredContent {
  /** The backup in it. Fails with errors that `storedFault` knows, and with a `DestinationError`. */
  stream: Readable;
  /**
   * Once the stream has ended: was it what was written, and is what came out what went in?
   * @param content of what came out. @throws StoredFault.
   */
  requireUnchanged(content: Measured): void;
}

/**
 * Reads a stored copy back and unpacks it.
 * @param packed opens it, where it is sealed. @param signal ends the stream as well.
 * @throws StoredFault when it is missing, DestinationError, Problem INVALID_ARGUMENT for a compression that this Node cannot undo.
 */
export async function openStored(
  destination: Destination,
  { stored, bytes, sha256 }: StoredRun,
  signal: AbortSignal,
  packed?: Packed,
): Promise<StoredContent> {
  const source = await readStored(destination, stored.file, signal);
  try {
    const measure = new Measure();
    const measured = through(source, [measure]);
    const content = packed ? packed.unpack(measured) : unpack(measured, stored.compression);
    return {
      stream: addAbortSignal(signal, content),
      requireUnchanged: (found) => {
        requireSame(
          'stored',
          'what lies in the destination is not what was written',
          measure.result(),
          stored,
        );
        requireSame('content', 'what comes out of it is not the backup that went in', found, {
          bytes,
          sha256,
        });
      },
    };
  } catch (error) {
    source.destroy();
    throw error;
  }
}

/**
 * Reads a stored copy back that nobody here can open.
 * @throws StoredFault when it is missing, or not what was written; DestinationError.
 */
export async function requireStoredBytes(
  destination: Destination,
  { stored }: StoredRun,
  signal: AbortSignal,
): Promise<void> {
  const measure = new Measure();
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  await pipeline(await readStored(destination, stored.file, signal), measure, nowhere, { signal });
  requireSame('stored', 'what lies in the destination is not what was written', measure.result(), stored);
}

/** @returns what an error of the stream says of the stored copy; the error itself when it says nothing of it. */
export function storedFault(error: unknown): unknown {
  if (error instanceof DestinationError && error.fault === 'missing')
    return new StoredFault('missing', error.message);
  const damage = packingDamage(error);
  return damage === undefined ? error : new StoredFault('packing', damage);
}

async function readStored(destination: Destination, file: string, signal: AbortSignal): Promise<Readable> {
  try {
    return await destination.read(file, signal);
  } catch (error) {
    throw storedFault(error);
  }
}

function requireSame(
  check: 'stored' | 'content',
  what: string,
  { bytes, sha256 }: Measured,
  expected: Measured,
): void {
  if (bytes === expected.bytes && sha256 === expected.sha256) return;
  throw new StoredFault(
    check,
    `${what}: it has ${bytes} bytes with the SHA-256 ${sha256}, not ${expected.bytes} with ${expected.sha256}`,
  );
}
