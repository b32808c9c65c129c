import { FileRefusal } from '../../../database/portable-file/file-refusal.js';
import { varintAt } from './varint.js';

/** One version of one key, as Badger writes it down in a backup. */
export interface KeyValue {
  key: Buffer;
  value: Buffer;
  /** Big-endian, so that versions compare as their bytes do. */
  version: Buffer;
  /** Unix seconds, 0 for never. */
  expiresAt: number;
  /** This version says that the key is gone. */
  deleted: boolean;
  /** A message to Badger itself instead of a key. */
  streamDone: boolean;
}

const VARINT = 0;
const BYTES = 2;
const DELETE_BIT = 0x01;

/** The fields of Badger's `KV` message, by number; `wire` is how protobuf writes such a field. */
const FIELDS: Record<number, { name: string; wire: number }> = {
  1: { name: 'key', wire: BYTES },
  2: { name: 'value', wire: BYTES },
  3: { name: 'userMeta', wire: BYTES },
  4: { name: 'version', wire: VARINT },
  5: { name: 'expiresAt', wire: VARINT },
  6: { name: 'meta', wire: BYTES },
  10: { name: 'streamId', wire: VARINT },
  11: { name: 'streamDone', wire: VARINT },
};

/** @throws FileRefusal with the check `structure` for bytes that are not such a message. */
export function decodeKeyValue(message: Buffer): KeyValue {
  const found: Record<string, Buffer> = {};
  for (let place = 0; place < message.length;) {
    const tag = varintAt(message, place) ?? damaged();
    const field = FIELDS[Math.floor(tag.value / 8)] ?? damaged();
    if (tag.value % 8 !== field.wire) damaged();
    const number = varintAt(message, tag.end) ?? damaged();
    const end = field.wire === BYTES ? number.end + number.value : number.end;
    if (end > message.length) damaged();
    found[field.name] = message.subarray(field.wire === BYTES ? number.end : tag.end, end);
    place = end;
  }
  const empty = Buffer.alloc(0);
  return {
    key: found.key ?? empty,
    value: found.value ?? empty,
    version: bigEndian(found.version ?? empty),
    expiresAt: found.expiresAt ? varintAt(found.expiresAt, 0)!.value : 0,
    deleted: ((found.meta?.[0] ?? 0) & DELETE_BIT) !== 0,
    streamDone: (found.streamDone?.[0] ?? 0) !== 0,
  };
}

/** All 64 bits of a number of variable length. */
function bigEndian(varint: Buffer): Buffer {
  let value = 0n;
  for (const [index, byte] of varint.entries()) value |= BigInt(byte & 0x7f) << BigInt(7 * index);
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, value));
  return bytes;
}

function damaged(): never {
  throw new FileRefusal('structure', 'the file is damaged: a key of it cannot be read');
}
