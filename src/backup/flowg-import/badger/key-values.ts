import { FileRefusal } from '../../../database/portable-file/file-refusal.js';
import type { FileBytes } from './file-bytes.js';
import { decodeKeyValue, type KeyValue } from './key-value.js';

const LENGTH_BYTES = 8;
/** `repeated KV kv = 1`, the only field that a backup writes into a block. */
const PAIR_TAG = 0x0a;
/** Such a key is held in memory as a whole. */
const MOST_PAIR_BYTES = 16 * 1024 * 1024;
/** Badger's own limit. */
const MOST_KEY_BYTES = 65_000;

/** A key that is too large to be taken over. */
export interface Oversized {
  /** Where it stands in the file. */
  position: number;
  bytes: number;
}

/**
 * Everything in a Badger backup, in the order of the file: blocks, each of them eight bytes of length (little-endian) and
 * a protobuf list of pairs. A block may be large, so that pairs are read one by one.
 * @param onOversized is told of what is passed over.
 * @throws FileRefusal with the check `size` or `structure` where the file is cut or damaged.
 */
export function* keyValues(
  file: FileBytes,
  onOversized: (oversized: Oversized) => void,
): Generator<KeyValue> {
  while (file.left > 0) {
    const blockEnd = endOfBlock(file);
    while (file.position < blockEnd) {
      const bytes = lengthOfPair(file, blockEnd);
      if (bytes > MOST_PAIR_BYTES) {
        onOversized({ position: file.position, bytes });
        file.skip(bytes);
        continue;
      }
      const { position } = file;
      const pair = decodeKeyValue(file.take(bytes));
      if (pair.streamDone) continue;
      if (pair.key.length === 0 || pair.key.length > MOST_KEY_BYTES) throw damaged(position);
      yield pair;
    }
  }
}

function endOfBlock(file: FileBytes): number {
  const start = file.position;
  const bytes = file.take(Math.min(LENGTH_BYTES, file.left));
  const promised = bytes.length === LENGTH_BYTES ? bytes.readBigUInt64LE() : undefined;
  if (promised === 0n) throw damaged(start);
  if (promised === undefined || promised > file.left) {
    const what = promised === undefined ? 'the length of a block' : `a block of ${promised} bytes`;
    throw new FileRefusal(
      'size',
      `the file is cut short or damaged: ${what} should stand at byte ${start}, only ${file.left} bytes are left`,
    );
  }
  return file.position + Number(promised);
}

function lengthOfPair(file: FileBytes, blockEnd: number): number {
  const start = file.position;
  if (file.take(1)[0] !== PAIR_TAG) throw damaged(start);
  let length = 0;
  for (let scale = 1; file.position < blockEnd && scale < 2 ** 35; scale *= 128) {
    const byte = file.take(1)[0]!;
    length += (byte & 0x7f) * scale;
    if (byte >= 0x80) continue;
    if (length > blockEnd - file.position) break;
    return length;
  }
  throw damaged(start);
}

function damaged(position: number): FileRefusal {
  return new FileRefusal(
    'structure',
    `the file is damaged: what stands at byte ${position} is no part of a Badger backup`,
  );
}
