/** One version of a key in a Badger database. */
export interface BadgerKey {
  key: string | Buffer;
  value?: string | Buffer;
  version?: number;
  /** Unix seconds. */
  expiresAt?: number;
  deleted?: boolean;
}

const DELETE_BIT = 1;

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return Buffer.from(bytes);
}

function bytesField(field: number, content: Buffer): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
}

function numberField(field: number, value: number): Buffer {
  return value === 0 ? Buffer.alloc(0) : Buffer.concat([varint(field * 8), varint(value)]);
}

/** The pair as it stands in a block, with its tag. */
export function pairBytes({
  key,
  value = '',
  version = 1,
  expiresAt = 0,
  deleted = false,
}: BadgerKey): Buffer {
  const content = Buffer.from(value);
  const message = Buffer.concat([
    bytesField(1, Buffer.from(key)),
    content.length > 0 ? bytesField(2, content) : content,
    bytesField(3, Buffer.from([0])),
    numberField(4, version),
    numberField(5, expiresAt),
    bytesField(6, Buffer.from([deleted ? DELETE_BIT : 0])),
  ]);
  return bytesField(1, message);
}

/** A block: its length in eight bytes, and its pairs. */
export function blockBytes(keys: BadgerKey[]): Buffer {
  const pairs = Buffer.concat(keys.map(pairBytes));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(pairs.length));
  return Buffer.concat([length, pairs]);
}

/** What Badger's own backup writes of these keys. @param perBlock keys in one block. */
export function badgerStream(keys: BadgerKey[], perBlock = 100): Buffer {
  const blocks: Buffer[] = [];
  for (let start = 0; start < keys.length; start += perBlock)
    blocks.push(blockBytes(keys.slice(start, start + perBlock)));
  return Buffer.concat(blocks);
}
