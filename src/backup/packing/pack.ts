import { type Readable, Transform, type TransformCallback } from 'node:stream';
import type { Compression } from '../stored-copy.js';
import { COMPRESSION_SUFFIXES, compressor, decompressor, requireCompression } from './compression.js';
import { PackingDamage } from './packing-damage.js';
import type { Packed, Packing } from './packing.js';
import { requireRecipients } from './recipients.js';
import { newSeal, type Seal } from './seal.js';
import { OpeningStream, SealingStream } from './sealing-streams.js';
import { Measure, through } from './streams.js';

const SEALED_SUFFIX = '.age';

/** @throws Problem INVALID_ARGUMENT for what this server cannot do, and for recipients that are none. */
export async function requirePacking({ compression, recipients }: Packing): Promise<void> {
  requireCompression(compression);
  await requireRecipients(recipients);
}

/**
 * Makes of a backup what goes to a destination, as it is asked for: little of it is in memory at a time. Whoever takes the
 * stream destroys it when it goes away; the content is destroyed then.
 * @throws Problem INVALID_ARGUMENT for a compression that this server cannot do. The stream fails for recipients that are none.
 */
export function pack(content: Readable, packing: Packing): Packed {
  const { compression, recipients } = packing;
  requireCompression(compression);
  const sealed = recipients.length > 0;
  let seal: Seal | undefined;
  const sealing = sealed && new SealingStream(async () => (seal = await newSeal(recipients)));
  const measure = new Measure();
  return {
    stream: through(content, [compressor(compression), sealing, measure]),
    suffix: COMPRESSION_SUFFIXES[compression] + (sealed ? SEALED_SUFFIX : ''),
    result: () => measure.result(),
    unpack: (stored) => {
      if (!sealed) return unpack(stored, compression);
      if (!seal) throw new Error('nothing has been sealed yet');
      return unpack(through(stored, [new OpeningStream(seal)]), compression);
    },
  };
}

/** The backup in a stored copy that is not sealed. What is damaged fails with an error that `packingDamage` knows. */
export function unpack(stored: Readable, compression: Compression): Readable {
  const decompressing = decompressor(compression);
  if (!decompressing) return stored;
  const count = new Measure();
  return through(stored, [
    count,
    decompressing,
    new NothingBehind(count, decompressing as Transform & { bytesWritten?: number }),
  ]);
}

/** Fails when a decompressor has left something over, which it does without a word. */
class NothingBehind extends Transform {
  constructor(
    private readonly given: { bytes: number },
    private readonly decompressing: { bytesWritten?: number },
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    const behind = this.given.bytes - (this.decompressing.bytesWritten ?? this.given.bytes);
    done(
      behind > 0 ? new PackingDamage(`${behind} bytes stand behind the end of the compressed data`) : null,
    );
  }
}
